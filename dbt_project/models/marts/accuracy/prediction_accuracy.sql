{{ config(
    materialized='view',
    tags=['daily'],
) }}

-- A view, as prediction_comparisons.
select
    platform,
    model_name,
    model_version,
    metric,
    date_day,
    window_days,
    predictions,
    summed,
    scored,
    mae,
    wape,
    accuracy,
    bias,
    rmse,
    rank_correlation,
    interval_coverage,
    interval_level,
    skill,
    noise_ceiling,
    accuracy_of_ceiling,
    is_provisional,
    hindsight,
    computed_at
from {{ source('ops', 'prediction_accuracy') }}

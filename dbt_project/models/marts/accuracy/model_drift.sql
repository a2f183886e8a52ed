{{ config(
    materialized='view',
    tags=['daily'],
) }}

-- A view, as prediction_comparisons.
select
    model_name,
    scope,
    model_version,
    metric,
    date_day,
    verdict,
    direction,
    effect,
    p_value,
    onset_day,
    bias_shift,
    spread_ratio,
    recent_forecasts,
    reference_forecasts,
    computed_at
from {{ source('ops', 'model_drift') }}

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
    rank,
    verdict,
    champion_version,
    is_champion,
    pairs,
    objects,
    accuracy,
    champion_accuracy,
    difference,
    difference_lower,
    difference_upper,
    confidence,
    since_day,
    until_day,
    computed_at
from {{ source('ops', 'model_ranking') }}

{{ config(
    materialized='view',
    tags=['daily'],
) }}

-- A view, as prediction_comparisons, which shows the newest of these.
select
    {{ comparison_columns() }},
    superseded_at
from {{ source('ops', 'prediction_comparisons') }}

{{ config(
    materialized='view',
    tags=['daily'],
) }}

-- A view: a comparison is seen here at the moment it is committed. Built once; nothing in it changes between builds.
select
    {{ comparison_columns() }}
from {{ source('ops', 'prediction_comparisons') }}
where superseded_at is null

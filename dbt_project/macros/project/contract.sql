{#
    The columns of a contract as an empty select. dbt's own also warns about numeric without a scale for each model of
    each run; on Postgres such a numeric is exact, which is what money needs.
#}
{% macro postgres__get_empty_schema_sql(columns) %}
    select
    {% for name in columns -%}
        {{ cast('null', columns[name]['data_type']) }} as {{ name }}{{ ', ' if not loop.last }}
    {%- endfor %}
    where false
{% endmacro %}

{# Schemas are literal (staging, intermediate, marts): BI tools and grants rely on the names, so no target prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}

{# The default list of conversion action types in order (account_id '*'), as an SQL expression of type text[]. #}
{% macro default_rules(platform="'meta'") -%}
    (
        select coalesce(array_agg(action_type order by position), '{}')
        from raw.conversion_rules where account_id = '*' and platform = {{ platform }}
    )
{%- endmacro %}

{# The default list of conversion action types in order (account_id '*'), as an SQL expression of type text[]. #}
{% macro default_rules(platform="'meta'") -%}
    (
        select coalesce(array_agg(action_type order by position), '{}')
        from {{ source('raw', 'conversion_rules') }} where account_id = '*' and platform = {{ platform }}
    )
{%- endmacro %}

{# A fingerprint of what people tell the pipeline about money, whatever the day: reporting currency, campaign groups. #}
{% macro currency_and_groups() -%}
    (
        select concat_ws('/', {{ reporting_currency() }},
            (select sum(hashtextextended(campaign_groups::text, 0)) from {{ source('raw', 'campaign_groups') }}))
    )
{%- endmacro %}

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

{# How many days an exchange rate stays in force where no newer one is known. #}
{% macro rate_holds_days() -%} 7 {%- endmacro %}

{# A fingerprint of the exchange rates of each day that has any: {day: fingerprint}. #}
{% macro rates_of_days() -%}
    (
        select coalesce(jsonb_object_agg(rate_date, fingerprint), '{}')
        from (
            select rate_date, sum(hashtextextended(row(from_currency, rate)::text, 0))::text as fingerprint
            from {{ source('raw', 'fx_rates') }}
            where to_currency = {{ reporting_currency() }}
            group by rate_date
        ) as rates
    )
{%- endmacro %}

{#
    Exchange rates, by the rule of ops.exchange_rate, which reports and alerts follow too: the newest of the days up to
    the day, as loaded, turned round or over the euro. None is no rate, never 1.
#}

{# How many days an exchange rate stays in force where no newer one is known; the function says the same. #}
{% macro rate_holds_days() -%} 7 {%- endmacro %}

{# The rate from one currency to another on a day, or null. The table is named for dbt, which cannot see it otherwise. #}
{% macro exchange_rate(from_currency, to_currency, date_day) -%}
    {%- do source('raw', 'fx_rates') -%}
    ops.exchange_rate({{ from_currency }}, {{ to_currency }}, {{ date_day }})
{%- endmacro %}

{# The rates that rows need, each looked up once: few currencies meet on a day, however many rows do. #}
{% macro rates_of(rows, from_currency, to_currency) -%}
    select
        needed.from_currency,
        needed.to_currency,
        needed.date_day,
        {{ exchange_rate('needed.from_currency', 'needed.to_currency', 'needed.date_day') }} as rate
    from (
        select distinct {{ from_currency }} as from_currency, {{ to_currency }} as to_currency, date_day
        from {{ rows }}
    ) as needed
{%- endmacro %}

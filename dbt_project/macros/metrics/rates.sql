{# Exchange rates, by one rule everywhere: the newest of the days up to the day, and none is no rate, never 1. #}

{# How many days an exchange rate stays in force where no newer one is known. #}
{% macro rate_holds_days() -%} 7 {%- endmacro %}

{# The rate from one currency to another on a day, or null; the same currency needs none. #}
{% macro rate_between(from_currency, to_currency, date_day) -%}
    case when {{ from_currency }} = {{ to_currency }} then 1 else (
        select fx.rate
        from {{ source('raw', 'fx_rates') }} as fx
        where fx.from_currency = {{ from_currency }}
            and fx.to_currency = {{ to_currency }}
            and fx.rate_date between {{ date_day }} - {{ rate_holds_days() }} and {{ date_day }}
        order by fx.rate_date desc
        limit 1
    ) end
{%- endmacro %}

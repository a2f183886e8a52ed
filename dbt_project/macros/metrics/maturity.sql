{#
    How late a number is known. The lag counts from the end of the account-local day to the moment the platform was
    last asked. Lags are known on a grid: every hour to 72, every 6 hours to 7 days, then daily.
#}

{# Hours from the end of the account-local day to an instant; negative while the day is running. #}
{% macro lag_hours(instant, date_day, time_zone) -%}
    extract(epoch from {{ instant }} - (({{ date_day }} + 1)::timestamp at time zone {{ time_zone }})) / 3600
{%- endmacro %}

{# The newest grid lag that has passed; null while the day is running. #}
{% macro lag_passed(hours) -%}
    (case
        when {{ hours }} < 0 then null
        when {{ hours }} <= 72 then floor({{ hours }})
        when {{ hours }} <= 168 then floor({{ hours }} / 6) * 6
        else floor({{ hours }} / 24) * 24
    end)::integer
{%- endmacro %}

{# The first grid lag by which something that happened then is known. #}
{% macro lag_reached(hours) -%}
    (case
        when {{ hours }} <= 0 then 0
        when {{ hours }} <= 72 then ceil({{ hours }})
        when {{ hours }} <= 168 then ceil({{ hours }} / 6) * 6
        else ceil({{ hours }} / 24) * 24
    end)::integer
{%- endmacro %}

{# The value expected once everything has arrived: the value itself when final, null when the share is unknown. #}
{% macro nowcast(value, share, is_final='is_final') -%}
    case when {{ is_final }} then {{ value }} when {{ share }} > 0 then trim_scale({{ value }} / {{ share }}) end
{%- endmacro %}

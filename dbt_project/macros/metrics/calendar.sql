{#
    The instant at which an hour of an account-local day begins. On the day clocks go back an hour occurs twice and
    the platform merges the two: the row begins with the first of them. An hour that clocks skip begins where the next
    one does.
#}
{% macro hour_start(date_day, hour, time_zone) -%}
    {%- set label = '(' ~ date_day ~ '::timestamp + make_interval(hours => (' ~ hour ~ ')::integer))' -%}
    {%- set instant = '(' ~ label ~ ' at time zone ' ~ time_zone ~ ')' -%}
    case
        when ({{ instant }} - interval '1 hour') at time zone {{ time_zone }} = {{ label }}
            then {{ instant }} - interval '1 hour'
        else {{ instant }}
    end
{%- endmacro %}

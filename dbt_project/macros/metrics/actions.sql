{# Reading Meta's lists of {action_type, value, <window>: value} without trusting them. #}

{# A list of actions as a jsonb array; anything else is no list. #}
{% macro action_list(column) -%}
    case when jsonb_typeof({{ column }}) = 'array' then {{ column }} end
{%- endmacro %}

{# True for text that numeric can take: the platform sends "3", "3.0" and 3; NaN or an empty text is no number. #}
{% macro is_number(text) -%}
    {{ text }} ~ '^\s*[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,2})?\s*$'
{%- endmacro %}

{# The text as a number, or null. #}
{% macro number_or_null(text) -%}
    case when {{ is_number(text) }} then ({{ text }})::numeric end
{%- endmacro %}

{#
    The rule of conversions as a lateral subquery: the first action type of the ordered list that is present with a
    number wins, never a sum (a type listed twice counts with its larger number, also never as a sum).
    Columns: action_type, amount; no row when none is present.
#}
{% macro first_listed_action(actions, action_types) -%}
    (
        select entry ->> 'action_type' as action_type, (entry ->> 'value')::numeric as amount
        from jsonb_array_elements({{ action_list(actions) }}) as listed (entry)
        where entry ->> 'action_type' = any({{ action_types }}) and {{ is_number("(entry ->> 'value')") }}
        order by array_position({{ action_types }}, entry ->> 'action_type'), amount desc
        limit 1
    )
{%- endmacro %}

{# Attribution windows whose numbers ad_actions_daily shows beside the ad set's own setting. #}
{% macro attribution_windows() -%}
    {{ return(['1d_click', '7d_click', '28d_click', '1d_view', '1d_ev']) }}
{%- endmacro %}

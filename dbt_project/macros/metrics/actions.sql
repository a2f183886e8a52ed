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
    number wins, never a sum. Columns: action_type, amount; no row when none is present.
#}
{% macro first_listed_action(actions, action_types) -%}
    (
        select entry ->> 'action_type' as action_type, (entry ->> 'value')::numeric as amount
        from jsonb_array_elements({{ action_list(actions) }}) with ordinality as listed (entry, place)
        where entry ->> 'action_type' = any({{ action_types }}) and {{ is_number("(entry ->> 'value')") }}
        order by array_position({{ action_types }}, entry ->> 'action_type'), place
        limit 1
    )
{%- endmacro %}

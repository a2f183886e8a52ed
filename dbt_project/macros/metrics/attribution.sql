{# What people set about crediting orders: the account's own row, else the default (*), else what ships. #}

{% macro attribution_setting(column, of) -%}
    {%- set shipped = {
        'window_days': '7',
        'platform_channels': "'{web,app}'::text[]",
        'utm_sources': "'{}'::text[]",
    } -%}
    coalesce((
        select own.{{ column }} from {{ source('raw', 'attribution_settings') }} as own
        where own.platform = {{ of }}.platform and own.account_id in ({{ of }}.account_id, '*')
        order by own.account_id = '*'
        limit 1
    ), {{ shipped[column] }})
{%- endmacro %}

{# A fingerprint of all of them. #}
{% macro attribution_settings() -%}
    (
        select coalesce(sum(hashtextextended(settings::text, 0)), 0)::text
        from {{ source('raw', 'attribution_settings') }} as settings
    )
{%- endmacro %}

{# Whether a visit came from the platform itself, as far as its utm_source says. #}
{% macro is_from_platform(utm_source, of) -%}
    ({{ utm_source }} = '' or regexp_split_to_array(lower({{ utm_source }}), '[^a-z]+')
        && lower({{ attribution_setting('utm_sources', of) }}::text)::text[])
{%- endmacro %}

{# The settings and the reporting currency: what any row of true_roas depends on. #}
{% macro attribution_settings_and_currency() -%}
    {{ attribution_settings() }} || '/' || {{ reporting_currency() }}
{%- endmacro %}

{# The part of a number of orders that a number of reported conversions cannot explain; never less than none. #}
{% macro orders_beyond(orders, reported) -%}
    greatest(0, {{ orders }} - greatest(0, {{ reported }}))
{%- endmacro %}

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

{#
    Of a row's orders whose click day nobody knows, those that no reported conversion explains. The platform counts such
    an order on the day of its click, up to the attribution window before: each takes one conversion of those days that no
    other order has. What a day leaves over is its part of the running maximum of orders less conversions, the backlog
    of a queue (Lindley 1952).
#}
{% macro unexplained_orders(of) -%}
    select greatest(0, sum(net) - greatest(0, coalesce(max(backlog) filter (where date_day < {{ of }}.date_day), 0)))
        as unexplained_orders
    from (
        select date_day, net, sum(net) over (order by date_day) as backlog
        from (
            select
                date_day,
                sum(undated) - greatest(0, sum(conversions) - sum(dated)) as net
            from (
                select delivered.date_day, delivered.conversions, 0 as dated, 0 as undated
                from {{ ref('campaign_metrics') }} as delivered
                where {{ in_window_before('delivered', of) }}
                union all
                select
                    credited.date_day,
                    0,
                    (counts_as = 'reported' or not is_judged_by_delivery)::integer,
                    (counts_as = 'measured' and is_judged_by_delivery)::integer
                from {{ ref('int_order_credits') }} as credited
                where counts_as in ('reported', 'measured') and {{ in_window_before('credited', of) }}
            ) as told
            group by date_day
        ) as days
    ) as queue
{%- endmacro %}

{# Rows of the same campaign, on the day of a row or within the attribution window before it. #}
{% macro in_window_before(rows, of) -%}
    {{ rows }}.platform = {{ of }}.platform
    and {{ rows }}.account_id = {{ of }}.account_id
    and {{ rows }}.campaign_id = {{ of }}.campaign_id
    and {{ rows }}.date_day between {{ of }}.date_day - {{ of }}.window_days::integer and {{ of }}.date_day
{%- endmacro %}

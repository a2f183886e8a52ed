{# Where changes of orders can come from: selects of the keys of orders or of days, for track_changes. #}

{# Ids of orders with a row of their own, or a refund of theirs, written since the watermark. #}
{% macro changed_orders() -%}
    select order_id from raw.offline_conversions
    where {{ changed_since('offline_conversions') }}
{%- endmacro %}

{# Orders of accounts whose calendar changed, or that were listed only now. #}
{% macro orders_of_changed_accounts() -%}
    select stored.order_id
    from changed_accounts
    inner join {{ this }} as stored using (platform, account_id)
{%- endmacro %}

{#
    Orders that name, by id or by name, an ad or campaign that is new or has another name now. Campaigns in no list are
    known once they have a row of campaign_metrics.
#}
{% macro orders_naming_changed_objects() -%}
    select stored.order_id
    from {{ this }} as stored
    where stored.told_references && array(
        select unnest(array[campaign_id, name]) from raw.campaigns where {{ changed_since('campaigns') }}
        union
        select unnest(array[ad_id, name]) from raw.ads where {{ changed_since('ads') }}
        union
        select metrics.campaign_id
        from ({{ changed_days_of('campaign_metrics') }}) as moved
        inner join marts.campaign_metrics as metrics using (platform, account_id, date_day)
        left join raw.campaigns as listed
            on listed.platform = metrics.platform and listed.campaign_id = metrics.campaign_id
        where listed.campaign_id is null
    )
{%- endmacro %}

{# Orders whose lead time nobody knows, as far back as a changed day of delivery can have led to them. #}
{% macro orders_after_changed_delivery() -%}
    select stored.order_id
    from ({{ changed_days_of('campaign_metrics') }}) as moved
    inner join {{ this }} as stored
        on stored.platform = moved.platform
        and stored.account_id = moved.account_id
        and stored.date_day between moved.date_day and moved.date_day + stored.attribution_window_days
    where stored.is_judged_by_delivery
{%- endmacro %}

{# Days of orders whose click day nobody knows, as long after a changed day as its conversions can explain them. #}
{% macro orders_after_changed_days() -%}
    select credits.platform, credits.account_id, credits.date_day
    from (
        {{ changed_days_of('campaign_metrics') }}
        union
        {{ changed_days_of('int_order_credits') }}
    ) as moved
    inner join intermediate.int_order_credits as credits
        on credits.platform = moved.platform
        and credits.account_id = moved.account_id
        and credits.date_day > moved.date_day
        and credits.date_day <= moved.date_day + credits.attribution_window_days
    where credits.is_judged_by_delivery
{%- endmacro %}

{# Rows of this model whose account has another name, currency or time zone now. #}
{% macro rows_of_changed_accounts() -%}
    select stored.platform, stored.account_id, stored.date_day
    from changed_accounts
    inner join {{ this }} as stored using (platform, account_id)
{%- endmacro %}

{# Rows of this model with orders of a campaign that has another name now; one that delivered brings its own name. #}
{% macro orders_of_renamed_campaigns() -%}
    select stored.platform, stored.account_id, stored.date_day
    from raw.campaigns
    inner join {{ this }} as stored using (platform, campaign_id)
    where {{ changed_since('campaigns') }}
        and stored.handed_in_orders > 0
        and stored.campaign_name is distinct from campaigns.name
{%- endmacro %}

{# Rows of this model for which a rate came, changed or went. Rates in no way concern most days: orders do. #}
{% macro orders_converted_by_changed_rates() -%}
    select credits.platform, credits.account_id, credits.date_day
    from ({{ changed_rates(rate_holds_days()) }}) as moved
    inner join intermediate.int_order_credits as credits using (date_day)
{%- endmacro %}

{# Days after which the attribution window has closed since the model last looked. #}
{% macro closed_windows() -%}
    select completed.platform, completed.account_id,
        completed.date_day - {{ attribution_setting('window_days', 'completed') }} as date_day
    from ({{ completed_days() }}) as completed
{%- endmacro %}

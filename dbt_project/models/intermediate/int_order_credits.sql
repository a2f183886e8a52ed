{{ config(
    materialized='incremental',
    incremental_strategy='changed_rows',
    unique_key=['order_account_id', 'order_id', 'refund_key', 'platform', 'account_id', 'date_day'],
    indexes=[
        {'columns': ['order_account_id', 'order_id', 'refund_key', 'platform', 'account_id', 'date_day'], 'unique': true},
        {'columns': ['platform', 'account_id', 'date_day']},
        {'columns': ['date_day']},
        {'columns': ['told_references'], 'type': 'gin'},
    ],
    meta={'change_key': ['order_account_id', 'order_id'], 'publishes_changes': true},
    pre_hook="{{ track_changes([
        changed_orders(),
        orders_of_changed_accounts(),
        orders_naming_changed_objects(),
        orders_after_changed_delivery(),
    ], facts=['account_timezone'], definition=attribution_settings()) }}",
    post_hook="{{ remember_changes() }}",
) }}

with orders as (
    select * from {{ ref('int_orders') }} {{ where_changed(['order_account_id', 'order_id']) }}
),

-- Each combination of references once: as many as there are ads, not as there are orders.
told as materialized (
    select distinct platform, account_id, campaign_id, ad_id, utm_source, utm_campaign, utm_content from orders
),

meant as materialized (
    select told.*, found.account_id as found_account_id, found.campaign_id as found_campaign_id, found.credited_by
    from told
    cross join lateral (
        select candidates.*
        from (
            {%- for rank, credited_by, condition, campaigns in order_references('told') %}
            {{ 'union all' if not loop.first }}
            select {{ rank }} as rank, '{{ credited_by }}' as credited_by, only_one.*
            from ({{ the_only_campaign(campaigns, 'told') }}) as only_one
            where {{ condition }}
            {%- endfor %}
        ) as candidates
        order by candidates.rank
        limit 1
    ) as found
),

-- The account whose calendar and settings hold: that of the campaign, else the one that was told.
placed as (
    select
        orders.*,
        coalesce(meant.found_account_id, orders.account_id) as credited_account_id,
        meant.found_campaign_id,
        meant.credited_by
    from orders
    left join meant
        on (meant.platform, meant.account_id, meant.campaign_id, meant.ad_id)
            = (orders.platform, orders.account_id, orders.campaign_id, orders.ad_id)
        and (meant.utm_source, meant.utm_campaign, meant.utm_content)
            = (orders.utm_source, orders.utm_campaign, orders.utm_content)
),

set_up as materialized (
    select
        accounts.*,
        {{ attribution_setting('window_days', 'accounts') }} as window_days,
        lower({{ attribution_setting('platform_channels', 'accounts') }}::text)::text[] as platform_channels
    from (select distinct platform, credited_account_id as account_id from placed) as accounts
),

dated as (
    select
        placed.*,
        (placed.credited_at at time zone coalesce(accounts.account_timezone, 'UTC'))::date as date_day,
        set_up.window_days,
        set_up.platform_channels
    from placed
    inner join set_up on set_up.platform = placed.platform and set_up.account_id = placed.credited_account_id
    left join {{ ref('int_accounts') }} as accounts
        on accounts.platform = placed.platform and accounts.account_id = placed.credited_account_id
),

judged as (
    select
        dated.*,
        found_campaign_id is not null and lead_time_hours is null as is_judged_by_delivery,
        case
            when found_campaign_id is null then 'unattributed'
            when lead_time_hours <= 24 * window_days then 'in_window'
            when lead_time_hours is null and exists (
                select from {{ ref('campaign_metrics') }} as delivered
                where delivered.platform = dated.platform
                    and delivered.account_id = dated.credited_account_id
                    and delivered.campaign_id = dated.found_campaign_id
                    and delivered.date_day between dated.date_day - dated.window_days and dated.date_day
                    and delivered.impressions > 0
            ) then 'in_window'
            else 'outside_window'
        end as status
    from dated
),

-- A refund stands where its order does, so that the two cancel out; a campaign of its own is taken all the same.
followed as (
    select
        judged.platform,
        coalesce(own.account_id, sold.credited_account_id, judged.credited_account_id) as account_id,
        coalesce(case when follows.is_so then sold.date_day end, judged.date_day) as date_day,
        coalesce(judged.found_campaign_id, sold.found_campaign_id, 'unattributed') as campaign_id,
        case when follows.is_so then sold.status else judged.status end as status,
        case
            when judged.found_campaign_id is not null then judged.credited_by
            when sold.found_campaign_id is not null then 'order'
        end as credited_by,
        judged.is_judged_by_delivery and not follows.is_so as is_judged_by_delivery,
        judged.order_account_id,
        judged.order_id,
        judged.refund_key,
        judged.version,
        judged.is_refund,
        judged.is_reported_to_platform,
        judged.channel is null or judged.channel = any(judged.platform_channels) as is_measured_channel,
        judged.value,
        judged.currency,
        judged.occurred_at,
        array_remove(
            array[judged.campaign_id, judged.ad_id, judged.utm_content, judged.utm_campaign], ''
        ) as told_references,
        judged.window_days as attribution_window_days
    from judged
    left join judged as sold
        on judged.is_refund
        and not sold.is_refund
        and (sold.order_account_id, sold.order_id) = (judged.order_account_id, judged.order_id)
    cross join lateral (
        select case when judged.found_campaign_id is not null then judged.credited_account_id end as account_id
    ) as own
    cross join lateral (
        select sold.order_id is not null
            and (judged.found_campaign_id is null or sold.found_campaign_id is not null) as is_so
    ) as follows
)

select
    order_account_id,
    order_id,
    refund_key,
    version,
    platform,
    account_id,
    date_day,
    campaign_id,
    credited_by,
    status,
    case
        when status <> 'in_window' then status
        when is_refund then 'refund'
        when is_reported_to_platform then 'reported'
        when not is_reported_to_platform or not is_measured_channel then 'added'
        else 'measured'
    end as counts_as,
    value,
    currency,
    occurred_at,
    is_judged_by_delivery,
    told_references,
    attribution_window_days,
    1 as handed_in_orders
from followed

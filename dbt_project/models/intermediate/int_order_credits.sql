{% set grain = ['order_id', 'order_account_id', 'refund_key', 'platform', 'account_id', 'date_day'] %}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_rows',
    unique_key=grain,
    indexes=[
        {'columns': grain, 'unique': true},
        {'columns': ['platform', 'account_id', 'date_day']},
        {'columns': ['date_day']},
        {'columns': ['told_references'], 'type': 'gin'},
    ],
    meta={'change_key': ['order_id'], 'publishes_changes': true},
    pre_hook="{{ track_changes([
        changed_orders(),
        orders_of_changed_accounts(),
        orders_naming_changed_objects(),
        orders_after_changed_delivery(),
    ], facts=['account_timezone'], definition=attribution_settings()) }}",
    post_hook="{{ remember_changes() }}",
) }}
{% set references = reference_columns() | join(', ') %}

with orders as (
    select * from {{ ref('int_orders') }} {{ where_changed(['order_id']) }}
),

-- Accounts that handed in an order of the same id as one that was told without its account.
namesakes as materialized (
    select distinct starred.platform, starred.order_id, named.account_id
    from orders as starred
    inner join orders as named using (platform, order_id)
    where starred.account_id = '*' and named.account_id <> '*'
),

-- Each combination of references once: as many as there are ads, not as there are orders.
told as materialized (
    select platform, account_id, {{ references }} from orders
    union
    select platform, namesakes.account_id, {{ references }}
    from orders
    inner join namesakes using (platform, order_id)
    where orders.account_id = '*'
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

-- Where an order that was told without its account leads to, or else its refunds do.
led as materialized (
    select
        orders.platform,
        orders.order_id,
        coalesce(
            min(meant.found_account_id) filter (where not orders.is_refund),
            case when count(distinct meant.found_account_id) = 1 then min(meant.found_account_id) end
        ) as account_id
    from orders
    inner join meant on {{ are_references_of('orders', "'*'", 'meant') }}
    where orders.account_id = '*'
    group by orders.platform, orders.order_id
),

only_namesakes as materialized (
    select platform, order_id, min(account_id) as account_id from namesakes
    group by platform, order_id having count(*) = 1
),

-- Told with its account and without, an order is one, and what was received last counts.
owned as (
    select
        orders.*,
        owner.account_id as owner_id,
        row_number() over (
            partition by orders.platform, orders.order_id, owner.account_id, orders.refund_key
            order by orders.received_at desc, orders.order_account_id
        ) = 1 as is_last_told
    from orders
    left join led on led.platform = orders.platform and led.order_id = orders.order_id
    left join only_namesakes
        on only_namesakes.platform = orders.platform and only_namesakes.order_id = orders.order_id
    cross join lateral (
        select case orders.account_id
            when '*' then coalesce(led.account_id, only_namesakes.account_id, '*') else orders.account_id
        end as account_id
    ) as owner
),

-- A version that does not count can still part from the others, once what it names becomes known.
set_aside as materialized (
    select
        platform,
        order_id,
        array_agg(campaign_id) || array_agg(ad_id) || array_agg(utm_content) || array_agg(utm_campaign) as names
    from owned
    where not is_last_told
    group by platform, order_id
),

-- The account whose calendar and settings hold: that of the campaign, else the one the order belongs to.
placed as (
    select
        orders.*,
        coalesce(within.found_account_id, anywhere.found_account_id, orders.owner_id) as credited_account_id,
        coalesce(within.found_campaign_id, anywhere.found_campaign_id) as found_campaign_id,
        coalesce(within.credited_by, anywhere.credited_by) as credited_by
    from owned as orders
    left join meant as within on {{ are_references_of('orders', 'orders.owner_id', 'within') }}
    left join meant as anywhere
        on orders.account_id = '*' and {{ are_references_of('orders', "'*'", 'anywhere') }}
    where orders.is_last_told
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
        judged.owner_id as order_account_id,
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
            array[judged.campaign_id, judged.ad_id, judged.utm_content, judged.utm_campaign] || set_aside.names, ''
        ) as told_references,
        judged.window_days as attribution_window_days
    from judged
    left join judged as sold
        on judged.is_refund
        and not sold.is_refund
        and (sold.platform, sold.owner_id, sold.order_id) = (judged.platform, judged.owner_id, judged.order_id)
    left join set_aside on set_aside.platform = judged.platform and set_aside.order_id = judged.order_id
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

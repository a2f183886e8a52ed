{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'campaign_id'],
    indexes=[{'columns': ['campaign_id', 'date_day']}, {'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day'], 'publishes_changes': true},
    pre_hook="{{ track_changes([
        changed_days_of('campaign_metrics'),
        changed_days_of('int_order_credits'),
        orders_converted_by_changed_rates(),
        rows_of_changed_accounts(),
        orders_of_renamed_campaigns(),
        orders_after_changed_days(),
        changed_finality(),
        closed_windows(),
    ], facts=['account_name', 'currency', 'account_timezone'], definition=attribution_settings_and_currency()) }}",
) }}

with campaigns as (
    select * from {{ ref('campaign_metrics') }} {{ where_changed() }}
),

orders as (
    select
        platform,
        account_id,
        date_day,
        campaign_id,
        counts_as,
        currency,
        count(*) as orders,
        count(*) filter (where is_judged_by_delivery) as orders_of_unknown_lead,
        max(attribution_window_days) as window_days,
        sum(value) as value
    from {{ ref('int_order_credits') }}
    {{ where_changed() }}
    group by platform, account_id, date_day, campaign_id, counts_as, currency
),

-- The currency of the row is the account's; orders of no known account are shown in the reporting currency.
priced as (
    select
        orders.*,
        coalesce(campaigns.currency, accounts.currency, {{ reporting_currency() }}) as own_currency
    from orders
    left join campaigns using (platform, account_id, date_day, campaign_id)
    left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
),

rates as materialized (
    {{ rates_of('priced', 'currency', 'own_currency') }}
),

-- A rate is needed only where the value counts for something.
rated as (
    select priced.*, rates.rate, counts_as in ('reported', 'outside_window') as needs_no_rate
    from priced
    left join rates
        on (rates.from_currency, rates.to_currency, rates.date_day)
            = (priced.currency, priced.own_currency, priced.date_day)
),

counted as (
    select
        platform,
        account_id,
        date_day,
        campaign_id,
        max(own_currency) as currency,
        sum(orders) as handed_in_orders,
        {%- for kind in ['added', 'measured', 'refund', 'unattributed'] %}
        coalesce(sum(orders) filter (where counts_as = '{{ kind }}' and rate is not null), 0) as {{ kind }}_orders,
        coalesce(sum(value * rate) filter (where counts_as = '{{ kind }}'), 0) as {{ kind }}_value,
        {%- endfor %}
        coalesce(sum(orders_of_unknown_lead) filter (where counts_as = 'measured' and rate is not null), 0)
            as undated_orders,
        max(window_days) as window_days,
        coalesce(sum(orders) filter (where counts_as = 'reported'), 0) as reported_orders,
        coalesce(sum(orders) filter (where counts_as = 'outside_window'), 0) as outside_window_orders,
        coalesce(sum(orders) filter (where rate is null and not needs_no_rate), 0) as unconverted_orders,
        string_agg(distinct currency, ', ') filter (where rate is null and not needs_no_rate) as missing_currencies
    from rated
    group by platform, account_id, date_day, campaign_id
),

-- Orders without delivery of their campaign that day stand beside delivery without orders.
matched as (
    select
        platform,
        account_id,
        date_day,
        campaign_id,
        coalesce(campaigns.currency, counted.currency) as currency,
        campaigns.account_name,
        campaigns.campaign_name,
        coalesce(campaigns.spend, 0) as spend,
        coalesce(campaigns.conversions, 0) as platform_conversions,
        coalesce(campaigns.revenue, 0) as platform_revenue,
        campaigns.is_final,
        {%- for name in [
            'handed_in_orders', 'added_orders', 'added_value', 'measured_orders', 'measured_value', 'undated_orders',
            'window_days', 'refund_orders',
            'refund_value', 'unattributed_orders', 'unattributed_value', 'reported_orders', 'outside_window_orders',
            'unconverted_orders',
        ] %}
        coalesce(counted.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        counted.missing_currencies
    from campaigns
    full join counted using (platform, account_id, date_day, campaign_id)
),

-- Of the conversions the platform reports, those said to be among the orders are taken off before the rest may
-- explain orders of which nobody said so: those of that click day first, then later ones whose click day nobody knows.
compared as (
    select
        matched.*,
        {{ orders_beyond('measured_orders - undated_orders', 'platform_conversions - reported_orders') }}
            + least(undated_orders, coalesce(undated.unexplained_orders, 0)) as excess_orders
    from matched
    left join lateral (
        {{ unexplained_orders('matched') }}
    ) as undated on matched.undated_orders > 0
),

-- Without a rate an amount is not known, and so is no sum it belongs to.
summed as (
    select
        compared.*,
        added_orders + excess_orders as offline_orders,
        case when is_converted or campaign_id = 'unattributed' then added_value + refund_value
            + coalesce({{ ratio('measured_value * excess_orders', 'measured_orders') }}, 0) end as offline_revenue,
        case when is_converted or campaign_id <> 'unattributed' then unattributed_value end as unattributed_revenue,
        reported_orders + measured_orders - excess_orders as already_reported_orders,
        {{ attribution_setting('window_days', 'compared') }} as attribution_window_days
    from compared
    cross join lateral (select unconverted_orders = 0 as is_converted) as rates_known
)

select
    summed.platform,
    summed.account_id,
    coalesce(summed.account_name, accounts.account_name) as account_name,
    summed.date_day,
    summed.campaign_id,
    coalesce(summed.campaign_name, listed.campaign_name, case summed.campaign_id when 'unattributed' then 'unattributed' end)
        as campaign_name,
    summed.currency,
    summed.spend,
    summed.platform_conversions,
    summed.platform_revenue,
    {{ roas('summed.platform_revenue', 'summed.spend') }} as platform_roas,
    summed.handed_in_orders::bigint as handed_in_orders,
    trim_scale(summed.offline_orders) as offline_orders,
    summed.refund_orders::bigint as offline_refunds,
    trim_scale(summed.offline_revenue) as offline_revenue,
    trim_scale(summed.already_reported_orders) as already_reported_orders,
    {{ ratio('summed.already_reported_orders', 'summed.already_reported_orders + summed.offline_orders') }}
        as already_reported_share,
    summed.outside_window_orders::bigint as outside_window_orders,
    summed.unattributed_orders::bigint as unattributed_orders,
    trim_scale(summed.unattributed_revenue) as unattributed_revenue,
    summed.unconverted_orders::bigint as unconverted_orders,
    summed.missing_currencies,
    trim_scale(summed.platform_conversions + summed.offline_orders) as true_conversions,
    trim_scale(summed.platform_revenue + summed.offline_revenue) as true_revenue,
    {{ roas('summed.platform_revenue + summed.offline_revenue', 'summed.spend') }} as true_roas,
    summed.attribution_window_days,
    coalesce(summed.is_final, summed.date_day < calendar.today - {{ restatement_days() }})
        and summed.date_day + summed.attribution_window_days < calendar.today as is_final
from summed
left join {{ ref('int_accounts') }} as accounts
    on accounts.platform = summed.platform and accounts.account_id = summed.account_id
cross join lateral (
    select coalesce(accounts.today, ({{ adtrack_now() }} at time zone 'UTC')::date) as today
) as calendar
left join {{ ref('stg_meta__campaigns') }} as listed
    on listed.platform = summed.platform and listed.campaign_id = summed.campaign_id

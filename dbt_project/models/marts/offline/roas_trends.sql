{{ config(
    unique_key=['period', 'period_start', 'scope', 'platform', 'scope_id'],
    indexes=[{'columns': ['scope_id', 'period', 'period_start']}],
    tags=['daily'],
    pre_hook="{{ track_changes([]) }}",
) }}

{% set amounts = ['spend', 'platform_revenue', 'true_revenue', 'unattributed_revenue'] %}
{% set counts = ['platform_conversions', 'true_conversions', 'already_reported_orders', 'offline_orders',
    'unattributed_orders', 'unconverted_orders'] %}

with days as (
    select
        rows_of_day.*,
        coalesce(groups.campaign_group, 'ungrouped') as own_group,
        coalesce(listed.campaign_name, rows_of_day.campaign_name) as present_name,
        coalesce(accounts.today, ({{ adtrack_now() }} at time zone 'UTC')::date) as today
    from {{ ref('true_roas') }} as rows_of_day
    left join {{ source('raw', 'campaign_groups') }} as groups using (platform, account_id, campaign_id)
    left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
    left join {{ ref('stg_meta__campaigns') }} as listed using (platform, account_id, campaign_id)
),

-- An account in its own currency, and groups of campaigns of any accounts in the reporting currency.
scopes as (
    select 'account' as scope, platform as scope_platform, account_id as scope_id, account_name as scope_name,
        max(currency) over (partition by platform, account_id) as scope_currency, days.*
    from days
    union all
    select 'group', 'all', 'all', 'all', {{ reporting_currency() }}, days.* from days
    union all
    select 'group', 'all', case own_group when 'all' then 'all (group)' else own_group end, own_group,
        {{ reporting_currency() }}, days.*
    from days
    where exists (select 1 from {{ source('raw', 'campaign_groups') }})
),

currencies as (
    select platform, campaign_id, max(currency) as currency from days group by platform, campaign_id
),

-- Campaigns come as days already; all others are summed.
by_day as (
    select
        scope,
        scope_platform as platform,
        scope_id,
        max(scope_name) as scope_name,
        scope_currency,
        currency,
        date_day,
        min(today) as today,
        {%- for name in amounts + counts %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        bool_and(is_final) as is_final
    from scopes
    group by scope, scope_platform, scope_id, scope_currency, currency, date_day
    union all
    select
        'campaign',
        platform,
        campaign_id,
        present_name,
        currencies.currency,
        days.currency,
        date_day,
        today,
        {%- for name in amounts + counts %}
        {{ name }},
        {%- endfor %}
        is_final
    from days
    inner join currencies using (platform, campaign_id)
    where campaign_id not in ('unattributed', 'unknown')
),

rates as materialized (
    {{ rates_of('by_day', 'currency', 'scope_currency') }}
),

rated as (
    select by_day.*, rates.rate
    from by_day
    left join rates
        on (rates.from_currency, rates.to_currency, rates.date_day)
            = (by_day.currency, by_day.scope_currency, by_day.date_day)
),

summed as (
    select
        period,
        date_trunc(period, date_day::timestamp)::date as period_start,
        scope,
        platform,
        scope_id,
        max(scope_name) as scope_name,
        scope_currency as currency,
        min(date_day) as first_day,
        min(today) as today,
        {%- for name in amounts %}
        {{ sum_if_complete(name ~ ' * rate') }} as {{ name }},
        {%- endfor %}
        {%- for name in counts %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        string_agg(distinct rated.currency, ', ') filter (where rate is null) as missing_currencies,
        bool_and(is_final) as is_final
    from rated
    cross join (values ('day'), ('week'), ('month')) as lengths (period)
    where scope <> 'campaign' or period <> 'day'  -- a campaign's days are true_roas itself, and most of the cost
    group by period, date_trunc(period, date_day::timestamp)::date, scope, platform, scope_id, scope_currency
),

dated as (
    select
        summed.*,
        (period_start + ('1 ' || period)::interval)::date - 1 as period_end,
        (period_start - ('1 ' || period)::interval)::date as start_before,
        min(first_day) over (partition by scope, platform, scope_id) as known_from
    from summed
),

measured as (
    select
        dated.*,
        period_end < today and period_start >= known_from as is_complete,
        {{ roas('platform_revenue', 'spend') }} as platform_roas,
        {{ roas('true_revenue', 'spend') }} as true_roas,
        {{ roas('true_revenue + unattributed_revenue', 'spend') }} as blended_roas
    from dated
)

{% set compared = ['spend', 'platform_revenue', 'true_revenue', 'true_conversions', 'platform_roas', 'true_roas'] %}

select
    this_one.period,
    this_one.period_start,
    this_one.period_end,
    this_one.scope,
    this_one.platform,
    this_one.scope_id,
    this_one.scope_name,
    this_one.currency,
    this_one.spend,
    this_one.platform_conversions,
    this_one.true_conversions,
    this_one.platform_revenue,
    this_one.true_revenue,
    this_one.unattributed_revenue,
    this_one.platform_roas,
    this_one.true_roas,
    this_one.blended_roas,
    {{ ratio('this_one.already_reported_orders', 'this_one.already_reported_orders + this_one.offline_orders') }}
        as already_reported_share,
    this_one.unattributed_orders::bigint as unattributed_orders,
    this_one.unconverted_orders::bigint as unconverted_orders,
    this_one.missing_currencies,
    {%- for name in compared %}
    {{ change_pct('before.' ~ name, 'this_one.' ~ name) }} as {{ name }}_change_pct,
    {%- endfor %}
    this_one.is_complete,
    this_one.is_final and this_one.is_complete as is_final
from measured as this_one
-- Only a complete period compares with a complete one.
left join measured as before
    on this_one.is_complete
    and before.is_complete
    and before.period = this_one.period
    and before.period_start = this_one.start_before
    and before.scope = this_one.scope
    and before.platform = this_one.platform
    and before.scope_id = this_one.scope_id
    and before.currency = this_one.currency

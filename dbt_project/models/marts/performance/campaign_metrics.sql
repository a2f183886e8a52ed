{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'campaign_id'],
    indexes=[{'columns': ['campaign_id', 'date_day']}, {'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day'], 'publishes_changes': true},
    pre_hook="{{ track_changes([changed_days_of('ad_performance_daily')]) }}",
    post_hook="{{ tell_metrics_updated() }}",
) }}

with campaigns as (
    select
        platform,
        account_id,
        max(account_name) as account_name,
        date_day,
        coalesce(campaign_id, 'unknown') as campaign_id,
        max(campaign_name) as campaign_name,
        max(objective) as objective,
        max(currency) as currency,
        count(*) filter (where impressions > 0 and ad_id <> 'unattributed') as ads_with_delivery,
        {{ metric_sums() }},
        {{ ripeness_sums() }}
    from {{ ref('ad_performance_daily') }}
    {{ where_changed() }}
    group by platform, account_id, date_day, coalesce(campaign_id, 'unknown')
)

select
    platform,
    account_id,
    account_name,
    date_day,
    campaign_id,
    campaign_name,
    objective,
    currency,
    ads_with_delivery,
    {{ metric_columns() }},
    {{ ratio_columns() }},
    {{ ripeness_columns() }}
from campaigns

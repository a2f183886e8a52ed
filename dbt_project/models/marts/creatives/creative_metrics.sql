{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'creative_id'],
    indexes=[{'columns': ['creative_id', 'date_day']}, {'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day'], 'publishes_changes': true},
    pre_hook=[
        "{{ track_changes([changed_days_of('ad_performance_daily')]) }}",
        "{{ correct_creatives({'creative_name': 'name', 'object_type': 'object_type', 'video_id': 'video_id'}, ['video_id']) }}",
    ],
) }}

with summed as (
    select
        platform,
        account_id,
        date_day,
        coalesce(creative_id, 'unknown') as creative_id,
        max(currency) as currency,
        count(*) filter (where impressions > 0 and ad_id <> 'unattributed') as ads_with_delivery,
        {{ metric_sums() }},
        {{ video_sums() }},
        {{ ripeness_sums() }}
    from {{ ref('ad_performance_daily') }}
    {{ where_changed() }}
    group by platform, account_id, date_day, coalesce(creative_id, 'unknown')
)

select
    summed.platform,
    summed.account_id,
    summed.date_day,
    summed.creative_id,
    creatives.creative_name,
    creatives.object_type,
    creatives.video_id,
    summed.currency,
    summed.ads_with_delivery,
    {{ metric_columns() }},
    {{ video_columns() }},
    {{ ratio_columns() }},
    {{ ripeness_columns('summed.') }}
from summed
left join {{ ref('stg_meta__creatives') }} as creatives
    on creatives.platform = summed.platform and creatives.creative_id = summed.creative_id

{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'video_id'],
    indexes=[{'columns': ['video_id', 'date_day']}, {'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day'], 'publishes_changes': true},
    pre_hook="{{ track_changes([changed_days_of('creative_metrics')]) }}",
) }}

with videos as (
    select * from {{ ref('creative_metrics') }} {{ where_changed() }}
),

summed as (
    select
        platform,
        account_id,
        date_day,
        video_id,
        max(currency) as currency,
        count(distinct creative_id) as creatives,
        sum(ads_with_delivery)::bigint as ads_with_delivery,
        {{ metric_sums() }},
        {{ video_sums() }},
        {{ ripeness_sums() }}
    from videos
    where video_id is not null
    group by platform, account_id, date_day, video_id
)

select
    platform,
    account_id,
    date_day,
    video_id,
    currency,
    creatives,
    ads_with_delivery,
    {{ metric_columns() }},
    {{ video_columns() }},
    {{ ratio_columns() }},
    {{ ripeness_columns() }}
from summed

-- The change log with the account's calendar and the level of the object that changed. The object is looked up by id:
-- the platform's own words for levels have changed their meaning over the years, and serve only for unknown ids.
with activities as (
    select *, regexp_replace(object_id, '^act_', '') as bare_object_id from {{ ref('stg_meta__activities') }}
)

select
    activities.platform,
    activities.account_id,
    activities.activity_key,
    activities.event_type,
    activities.translated_event_type,
    activities.event_at,
    (activities.event_at at time zone coalesce(accounts.account_timezone, 'UTC'))::date as date_day,
    coalesce(accounts.today, ({{ adtrack_now() }} at time zone 'UTC')::date) as today,
    activities.actor_name,
    activities.application_name,
    case
        when activities.bare_object_id = activities.account_id then 'account'
        when campaigns.campaign_id is not null then 'campaign'
        when adsets.adset_id is not null then 'adset'
        when ads.ad_id is not null then 'ad'
        when lower(activities.object_type) in ('ad', 'adgroup') then 'ad'
        when lower(activities.object_type) in ('ad_set', 'adset') then 'adset'
        when lower(activities.object_type) in ('campaign', 'campaign_group') then 'campaign'
        when lower(activities.object_type) in ('account', 'ad_account') then 'account'
    end as object_level,
    activities.bare_object_id as object_id,
    activities.object_name,
    case when jsonb_typeof(activities.extra_data) = 'object' then activities.extra_data ->> 'old_value' end as old_value,
    case when jsonb_typeof(activities.extra_data) = 'object' then activities.extra_data ->> 'new_value' end as new_value,
    activities.extra_data::text as details,
    accounts.currency,
    activities.fetched_at
from activities
left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
left join {{ ref('stg_meta__campaigns') }} as campaigns
    on campaigns.platform = activities.platform and campaigns.campaign_id = activities.bare_object_id
left join {{ ref('stg_meta__adsets') }} as adsets
    on adsets.platform = activities.platform and adsets.adset_id = activities.bare_object_id
left join {{ ref('stg_meta__ads') }} as ads
    on ads.platform = activities.platform and ads.ad_id = activities.bare_object_id

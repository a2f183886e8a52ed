{{ config(
    materialized='incremental',
    incremental_strategy='changed_rows',
    unique_key=['platform', 'ad_id', 'valid_from_day'],
    indexes=[{'columns': ['platform', 'ad_id', 'valid_from_day'], 'unique': true}, {'columns': ['changed_xid']}],
    meta={'change_key': ['platform', 'ad_id']},
    pre_hook="{{ track_changes([changed_raw('raw.ads', ['platform', 'ad_id'], facts=false)]) }}",
    post_hook="{{ remember_changes() }}",
) }}

-- Which creative an ad showed on which day. Editing an ad gives it a new creative; what the old one earned stays
-- with the old one. The day of the change counts for the new creative.
with versions as (
    select
        platform,
        account_id,
        object_id as ad_id,
        payload #>> '{creative,id}' as creative_id,
        observed_at
    from {{ source('raw', 'object_history') }}
    where object_type = 'ad' and payload #>> '{creative,id}' is not null
    {%- if is_incremental() %}
        and (platform, object_id) in (select platform, ad_id from {{ changed_keys() }})
    {%- endif %}
),

present as (
    -- An ad without a recorded history has always had the creative it has now.
    select platform, account_id, ad_id, creative_id, fetched_at as observed_at
    from {{ ref('stg_meta__ads') }} as ads
    where creative_id is not null
        and not exists (select 1 from versions where (versions.platform, versions.ad_id) = (ads.platform, ads.ad_id))
    {%- if is_incremental() %}
        and (platform, ad_id) in (select platform, ad_id from {{ changed_keys() }})
    {%- endif %}
),

steps as (
    select *, lag(creative_id) over (partition by platform, ad_id order by observed_at) as previous_creative_id
    from (select * from versions union all select * from present) as all_versions
),

starts as (
    select distinct on (platform, ad_id, valid_from_day) *
    from (
        select
            steps.*,
            case
                when previous_creative_id is null then date '0001-01-01'
                else (observed_at at time zone coalesce(account_timezone, 'UTC'))::date
            end as valid_from_day
        from steps
        left join {{ ref('int_accounts') }} using (platform, account_id)
        where creative_id is distinct from previous_creative_id
    ) as dated
    order by platform, ad_id, valid_from_day, observed_at desc
)

select
    platform,
    account_id,
    ad_id,
    creative_id,
    valid_from_day,
    coalesce(
        lead(valid_from_day) over (partition by platform, ad_id order by valid_from_day), date '9999-12-31'
    ) as valid_until_day,
    pg_current_xact_id() as changed_xid
from starts

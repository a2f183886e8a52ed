{#
    Post-hook of campaign_metrics: writes campaign.metrics_updated into the outbox, in the model's own transaction, for
    campaigns whose values of the account's last days (variable metrics_updated_days: today and yesterday) are others
    than in their last event. Days further back are restatements and backfills, and no news. One statement; numbering
    and waking deliverers is ops.append_events.
#}
{% macro tell_metrics_updated() %}
{%- if var('metrics_updated_days') | int > 0 %}
with fresh as (
    select
        metrics.platform,
        metrics.account_id,
        metrics.campaign_id,
        metrics.date_day,
        jsonb_build_object(
            'campaignId', metrics.campaign_id,
            'campaignName', metrics.campaign_name,
            'platform', metrics.platform,
            'impressions', metrics.impressions,
            'clicks', metrics.clicks,
            {% for name in ['spend', 'conversions', 'revenue', 'ctr', 'cpc', 'cpm', 'roas'] -%}
            '{{ name }}', trim_scale(round(metrics.{{ name }}, 6)),
            {% endfor -%}
            'date', metrics.date_day
        ) as told
    from {{ this }} as metrics
    inner join intermediate.int_accounts as accounts using (platform, account_id)
    where metrics.date_day > accounts.today - {{ var('metrics_updated_days') | int }}
        and metrics.campaign_id not in ('unattributed', 'unknown')
        {%- if is_incremental() %}
        and (metrics.platform, metrics.account_id, metrics.date_day) in (
            select platform, account_id, date_day from {{ changed_keys() }}
        )
        and metrics.account_id = any(array(select distinct account_id from {{ changed_keys() }}))
        and metrics.date_day = any(array(select distinct date_day from {{ changed_keys() }}))
        {%- endif %}
),
news as (
    select fresh.*, {{ adtrack_now() }} as occurred_at
    from fresh
    left join lateral (
        select (event.data -> 'metrics') - 'timestamp' as told
        from ops.event_outbox as event
        where event.event_type = 'campaign.metrics_updated'
            and event.stream_key = concat_ws(':', fresh.platform, fresh.account_id, fresh.campaign_id)
            and event.data #>> '{metrics,date}' = fresh.date_day::text
        order by event.seq desc
        limit 1
    ) as before on true
    where before.told is distinct from fresh.told
)
select ops.append_events(jsonb_agg(
    jsonb_build_object(
        'event_type', 'campaign.metrics_updated',
        'platform', platform,
        'account_id', account_id,
        'campaign_id', campaign_id,
        'occurred_at', occurred_at,
        'data', jsonb_build_object(
            'project_id', {{ project_id() }},
            'campaign_id', campaign_id,
            'platform', platform,
            'metrics', told || jsonb_build_object('timestamp', occurred_at)
        )
    )
    order by date_day, platform, account_id, campaign_id
))
from news
having count(*) > 0;
{%- endif %}
{% endmacro %}

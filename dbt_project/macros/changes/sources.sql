{#
    Where changes can come from, each as a select of the keys that changed. They read the common table expressions
    `present`, `changed_accounts` and `newly_final_days` of track_changes.
#}

{% macro account_day() -%} {{ return(['platform', 'account_id', 'date_day']) }} {%- endmacro %}

{#
    Written since the watermark. Transaction numbers from the future are leftovers of a restored dump; those rows were
    read when everything was.
#}
{% macro changed_since(table) -%}
    {{ table }}.changed_xid >= (select seen_xid from present)
    and {{ table }}.changed_xid < pg_snapshot_xmax(pg_current_snapshot())
{%- endmacro %}

{# Rows of a raw table written since the watermark, and all rows of accounts whose facts changed. #}
{% macro changed_raw(table, key=account_day(), facts=true) -%}
    select {{ key | join(', ') }} from {{ table }}
    where {{ changed_since(table.split('.')[-1]) }}
    {%- if facts %}
    union all
    select {{ key | join(', ') }} from {{ table }} inner join changed_accounts using (platform, account_id)
    where (select count(*) from changed_accounts) > 0  -- decided once, before anything of the table is read
    {%- endif -%}
{%- endmacro %}

{# Days that were fetched again, even if nothing in them changed: how old our knowledge is, changed. #}
{% macro changed_coverage(report) -%}
    select platform, account_id, date_day from ops.insight_coverage
    where report = '{{ report }}'
        and {{ changed_since('insight_coverage') }}
{%- endmacro %}

{# Days another model rewrote. #}
{% macro changed_days_of(model_name) -%}
    select platform, account_id, date_day from ops.model_changes
    where model = '{{ model_name }}'
        and {{ changed_since('model_changes') }}
{%- endmacro %}

{# Days whose finality changed because the account's today moved on; with refresh_window the whole window. #}
{% macro changed_finality() -%}
    select platform, account_id, date_day from newly_final_days
    {%- if refresh_window() %}
    union all
    select platform, account_id, day::date
    from intermediate.int_accounts
    cross join lateral generate_series(final_before_day::timestamp, today::timestamp, interval '1 day') as days (day)
    {%- endif -%}
{%- endmacro %}

{# Days that lie up to `reach` days after one whose exchange rates were changed. #}
{% macro changed_rates(reach) -%}
    select distinct rate_date + ahead as date_day
    from ops.fx_rate_days
    cross join generate_series(0, {{ reach }}) as days (ahead)
    where {{ changed_since('fx_rate_days') }}
{%- endmacro %}

{# Days that were running when the model last looked and are over now. #}
{% macro completed_days() -%}
    select platform, account_id, date_day + {{ restatement_days() }} as date_day from newly_final_days
{%- endmacro %}

{# Days of this model whose ad turned out to show another creative than the stored row says. #}
{% macro changed_creatives_of_ads() -%}
    select stored.platform, stored.account_id, stored.date_day
    from intermediate.int_ad_creatives as shown
    inner join {{ this }} as stored
        on stored.platform = shown.platform
        and stored.ad_id = shown.ad_id
        and stored.date_day >= shown.valid_from_day
        and stored.date_day < shown.valid_until_day
    where {{ changed_since('shown') }} and stored.creative_id is distinct from shown.creative_id
{%- endmacro %}

{#
    Raw rows that lack an id or a name which their ad, ad set or campaign may say now. The condition is that of the
    partial indexes insights_*_gaps_idx, which are empty as long as the platform fills in everything.
#}
{% macro changed_objects(table, key=account_day()) -%}
    select insights.{{ key | join(', insights.') }}
    from (
        select platform, ad_id from raw.ads where {{ changed_since('ads') }}
        union
        select ads.platform, ads.ad_id from raw.adsets inner join raw.ads using (platform, adset_id)
        where {{ changed_since('adsets') }}
        union
        select ads.platform, ads.ad_id from raw.campaigns inner join raw.ads using (platform, campaign_id)
        where {{ changed_since('campaigns') }}
    ) as changed_ads
    inner join {{ table }} as insights using (platform, ad_id)
    where num_nulls(campaign_id, campaign_name, adset_id, adset_name, ad_name) > 0
{%- endmacro %}

{#
    In a model: keep only the rows under changed keys; all of them in a full build. Days, accounts and orders are
    compared as arrays besides: such a condition reaches the index through views and joins, where the tuple alone
    does not.
#}
{% macro where_changed(key=account_day()) -%}
    {%- if is_incremental() -%}
        where ({{ key | join(', ') }}) in (select {{ key | join(', ') }} from {{ changed_keys() }})
        {%- for column in ['account_id', 'date_day', 'order_id'] if column in key %}
            and {{ column }} = any(array(select distinct {{ column }} from {{ changed_keys() }}))
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Stored hours that were still running when last asked for, on days that have been asked for again. #}
{% macro incomplete_hours() -%}
    select stored.{{ change_key() | join(', stored.') }}
    from ({{ changed_coverage('insights_hourly') }}) as asked_again
    inner join {{ this }} as stored using (platform, account_id, date_day)
    where not stored.is_complete
{%- endmacro %}

{# Entries of the change log so close to one of the days that its numbers are compared with theirs. #}
{% macro activities_around(days) -%}
    select activities.platform, activities.account_id, activities.activity_key
    from (select distinct platform, account_id, date_day from ({{ days }}) as all_days) as moved
    inner join raw.activities
        on activities.platform = moved.platform
        and activities.account_id = moved.account_id
        and activities.event_at >= moved.date_day - interval '5 days'
        and activities.event_at < moved.date_day + interval '6 days'
{%- endmacro %}

{#
    Days whose verdict a change on one of the days can reach: from the first such day on, as far forward as the model
    looks back (`reach` days), but not beyond the account's yesterday.
#}
{% macro days_reached(days, reach) -%}
    select moved.platform, moved.account_id, day::date as date_day
    from (
        select platform, account_id, min(date_day) as first_day, max(date_day) as last_day
        from ({{ days }}) as all_days
        group by platform, account_id
    ) as moved
    left join intermediate.int_accounts as accounts using (platform, account_id)
    cross join lateral generate_series(
        moved.first_day::timestamp,
        least(moved.last_day + {{ reach }}, coalesce(accounts.today, moved.last_day))::timestamp,
        interval '1 day'
    ) as days (day)
{%- endmacro %}

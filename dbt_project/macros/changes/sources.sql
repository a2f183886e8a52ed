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
    {%- if var('refresh_window') %}
    union all
    select platform, account_id, day::date
    from intermediate.int_accounts
    cross join lateral generate_series(final_before_day::timestamp, today::timestamp, interval '1 day') as days (day)
    {%- endif -%}
{%- endmacro %}

{# In a model: keep only the rows under changed keys; all of them in a full build. #}
{% macro where_changed(key=account_day()) -%}
    {%- if is_incremental() -%}
        where ({{ key | join(', ') }}) in (select {{ key | join(', ') }} from {{ changed_keys() }})
    {%- endif -%}
{%- endmacro %}

{#
    Days of this model whose ad turned out to show another creative, or whose ad, ad set or campaign became known
    after the insight row. Reads the stored rows of changed ads only, so its cost follows the number of changes.
#}
{% macro changed_ads() -%}
    select stored.platform, stored.account_id, stored.date_day
    from intermediate.int_ad_creatives as shown
    inner join {{ this }} as stored
        on stored.platform = shown.platform
        and stored.ad_id = shown.ad_id
        and stored.date_day >= shown.valid_from_day
        and stored.date_day < shown.valid_until_day
    where {{ changed_since('shown') }} and stored.creative_id is distinct from shown.creative_id
    union all
    select stored.platform, stored.account_id, stored.date_day
    from (
        select platform, ad_id from raw.ads where {{ changed_since('ads') }}
        union
        select ads.platform, ads.ad_id from raw.adsets inner join raw.ads using (platform, adset_id)
        where {{ changed_since('adsets') }}
        union
        select ads.platform, ads.ad_id from raw.campaigns inner join raw.ads using (platform, campaign_id)
        where {{ changed_since('campaigns') }}
    ) as changed_ads
    inner join {{ this }} as stored using (platform, ad_id)
    where num_nulls(
        stored.campaign_id, stored.campaign_name, stored.adset_id, stored.adset_name, stored.ad_name, stored.creative_id
    ) > 0
{%- endmacro %}

{# Column lists that every performance mart shares, so that the marts cannot drift apart. #}

{# Sums of the additive metrics of ad_performance_daily rows, at the grain of the query's group by. #}
{% macro metric_sums() %}
    sum(impressions)::bigint as impressions,
    sum(clicks)::bigint as clicks,
    sum(link_clicks)::bigint as link_clicks,
    sum(outbound_clicks)::bigint as outbound_clicks,
    sum(spend) as spend,
    sum(conversions) as conversions,
    string_agg(distinct conversion_action_type, ', ') as conversion_action_type,
    sum(revenue) as revenue,
    string_agg(distinct revenue_action_type, ', ') as revenue_action_type
{%- endmacro %}

{# Additive video metrics; the average watch time is weighted by plays. #}
{% macro video_sums() %}
    sum(video_plays)::bigint as video_plays,
    sum(video_p25)::bigint as video_p25,
    sum(video_p50)::bigint as video_p50,
    sum(video_p75)::bigint as video_p75,
    sum(video_p100)::bigint as video_p100,
    sum(thruplays)::bigint as thruplays,
    {{ ratio('sum(video_avg_seconds * video_plays)', 'sum(video_plays) filter (where video_avg_seconds is not null)') }}
        as video_avg_seconds
{%- endmacro %}

{# Finality and nowcasts of summed rows. All rows of an account and day have the same share known, so sums hold. #}
{% macro ripeness_sums() %}
    bool_and(is_final) as is_final,
    {{ sum_if_complete('conversions_nowcast') }} as conversions_nowcast,
    {{ sum_if_complete('revenue_nowcast') }} as revenue_nowcast,
    max(fetched_at) as fetched_at
{%- endmacro %}

{% macro metric_columns() %}
    impressions,
    clicks,
    link_clicks,
    outbound_clicks,
    spend,
    conversions,
    conversion_action_type,
    revenue,
    revenue_action_type
{%- endmacro %}

{% macro video_columns() %}
    video_plays,
    video_p25,
    video_p50,
    video_p75,
    video_p100,
    thruplays,
    video_avg_seconds
{%- endmacro %}

{% macro ratio_columns() %}
    {{ ctr() }} as ctr,
    {{ link_ctr() }} as link_ctr,
    {{ cpc() }} as cpc,
    {{ cpm() }} as cpm,
    {{ cpa() }} as cpa,
    {{ roas() }} as roas,
    {{ aov() }} as aov,
    {{ conversion_rate() }} as conversion_rate
{%- endmacro %}

{% macro ripeness_columns(prefix='') %}
    is_final,
    conversions_nowcast,
    revenue_nowcast,
    {{ roas('revenue_nowcast', 'spend') }} as roas_nowcast,
    {{ cpa('spend', 'conversions_nowcast') }} as cpa_nowcast,
    {{ prefix }}fetched_at
{%- endmacro %}

{# A sum that is null as soon as one of its parts is: a total without a part of it would be a wrong number. #}
{% macro sum_if_complete(value) -%}
    case when count(*) = count({{ value }}) then sum({{ value }}) end
{%- endmacro %}

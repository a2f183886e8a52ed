{# What was believed about an ad-day, and what of it is new. A belief is known by the moment from which it was held. #}

{# Moments from which a belief was held, current or given up since, for track_changes. #}
{% macro new_beliefs() -%}
    {{ moments_of_beliefs(changed_since('insights_daily'), changed_since('insight_revisions')) }}
    union all
    select platform, account_id, date_day, ad_id, known_from
    from changed_accounts
    inner join ({{ moments_of_beliefs() }}) as beliefs using (platform, account_id)
    where (select count(*) from changed_accounts) > 0  -- decided once, before anything of the tables is read
{%- endmacro %}

{# The same, of all beliefs or those that fulfil a condition. #}
{% macro moments_of_beliefs(of_current='true', of_revisions='true') -%}
    select platform, account_id, date_day, ad_id, fetched_at as known_from
    from {{ source('raw', 'insights_daily') }} where {{ of_current }}
    union
    select platform, account_id, date_day, ad_id, observed_at
    from {{ source('raw', 'insight_revisions') }} where report = 'insights_daily' and {{ of_revisions }}
{%- endmacro %}

{# Beliefs about the ad-day of a row that were given up; one that was held for no time at all is none. #}
{% macro beliefs_given_up(ad_day) -%}
    select revisions.observed_at, revisions.actions, revisions.action_values
    from {{ source('raw', 'insight_revisions') }} as revisions
    where revisions.report = 'insights_daily' and revisions.hour = -1  -- of a day; so that the index is used whole
        and (revisions.platform, revisions.account_id) = ({{ ad_day }}.platform, {{ ad_day }}.account_id)
        and (revisions.date_day, revisions.ad_id) = ({{ ad_day }}.date_day, {{ ad_day }}.ad_id)
        and revisions.superseded_at > revisions.observed_at
        and not revisions.was_withdrawn
{%- endmacro %}

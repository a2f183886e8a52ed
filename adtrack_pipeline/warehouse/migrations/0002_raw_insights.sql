-- Insight rows as fetched. Days are account-local; money is numeric in major units next to a currency.
-- changed_xid is the transaction that last changed the row: what incremental models read.

create table raw.insights_daily (
    platform text not null,
    account_id text not null,
    ad_id text not null,
    date_day date not null,
    campaign_id text,
    adset_id text,
    campaign_name text,
    adset_name text,
    ad_name text,
    currency text,
    objective text,
    optimization_goal text,
    attribution_setting text,
    impressions bigint not null default 0,
    clicks bigint not null default 0,
    link_clicks bigint not null default 0,
    outbound_clicks bigint not null default 0,
    spend numeric not null default 0,
    reach bigint,
    frequency numeric,
    video_plays bigint,
    video_p25 bigint,
    video_p50 bigint,
    video_p75 bigint,
    video_p100 bigint,
    thruplays bigint,
    video_avg_seconds numeric,
    actions jsonb,
    action_values jsonb,
    fetched_at timestamptz not null,
    content_hash bytea not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id, date_day, ad_id)
);
create index insights_daily_changed_idx on raw.insights_daily (changed_xid);
create index insights_daily_gaps_idx on raw.insights_daily (platform, ad_id)
    where num_nulls(campaign_id, campaign_name, adset_id, adset_name, ad_name) > 0;
create index insights_daily_ad_idx on raw.insights_daily (ad_id, date_day);
comment on table raw.insights_daily is
    'Grain: platform, account, ad, account-local day. The newest complete answer; older beliefs are in raw.insight_revisions.';
comment on column raw.insights_daily.fetched_at is 'When the answer that last changed this row was asked for.';
comment on column raw.insights_daily.withdrawn_at is 'Set when a later complete answer no longer contained this row; its values are then history, not truth.';
comment on column raw.insights_daily.actions is 'Meta''s list of {action_type, value, <window>: value}; overlapping counters, never to be summed over types.';

create table raw.insights_hourly (
    platform text not null,
    account_id text not null,
    ad_id text not null,
    date_day date not null,
    hour smallint not null check (hour between -1 and 23),
    campaign_id text,
    adset_id text,
    campaign_name text,
    adset_name text,
    ad_name text,
    currency text,
    impressions bigint not null default 0,
    clicks bigint not null default 0,
    link_clicks bigint not null default 0,
    outbound_clicks bigint not null default 0,
    spend numeric not null default 0,
    actions jsonb,
    fetched_at timestamptz not null,
    content_hash bytea not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id, date_day, ad_id, hour)
);
create index insights_hourly_changed_idx on raw.insights_hourly (changed_xid);
create index insights_hourly_gaps_idx on raw.insights_hourly (platform, ad_id)
    where num_nulls(campaign_id, campaign_name, adset_id, adset_name, ad_name) > 0;
comment on table raw.insights_hourly is
    'Grain: platform, account, ad, account-local day, hour label of the day. Meta gives no purchases, revenue or reach by hour.';
comment on column raw.insights_hourly.hour is 'Hour label 0-23 in account time; -1 where Meta left the label out. On a 25-hour day the repeated hour is merged by Meta.';

create table raw.account_insights_daily (
    platform text not null,
    account_id text not null,
    date_day date not null,
    currency text,
    impressions bigint not null default 0,
    clicks bigint not null default 0,
    link_clicks bigint not null default 0,
    outbound_clicks bigint not null default 0,
    spend numeric not null default 0,
    reach bigint,
    frequency numeric,
    actions jsonb,
    action_values jsonb,
    fetched_at timestamptz not null,
    content_hash bytea not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id, date_day)
);
create index account_insights_daily_changed_idx on raw.account_insights_daily (changed_xid);
comment on table raw.account_insights_daily is
    'Grain: platform, account, account-local day: the account''s own totals. What ads do not add up to becomes an explicit unattributed row in marts.';

create table raw.insight_revisions (
    revision_id bigint generated always as identity primary key,
    platform text not null,
    account_id text not null,
    report text not null check (report in ('insights_daily', 'insights_hourly', 'account_insights_daily')),
    ad_id text not null default '',
    date_day date not null,
    hour smallint not null default -1,
    observed_at timestamptz not null,
    superseded_at timestamptz not null,
    impressions bigint not null,
    clicks bigint not null,
    link_clicks bigint not null,
    outbound_clicks bigint not null,
    spend numeric not null,
    reach bigint,
    actions jsonb,
    action_values jsonb,
    was_withdrawn boolean not null default false,
    is_withdrawal boolean not null default false,
    content_hash bytea not null
);
create index insight_revisions_key_idx
    on raw.insight_revisions (platform, account_id, report, date_day, ad_id, hour, observed_at);
comment on table raw.insight_revisions is
    'Append-only. One row per belief that was given up: the values as they were from observed_at until superseded_at. What was known at instant t: the revision with observed_at <= t < superseded_at, or else the current row if its fetched_at <= t.';
comment on column raw.insight_revisions.was_withdrawn is 'The belief given up was that this row does not exist (it came back).';
comment on column raw.insight_revisions.is_withdrawal is 'The belief was given up because a complete answer no longer contained the row.';

create table raw.pages (
    page_id bigint generated always as identity primary key,
    platform text not null,
    account_id text not null,
    report text not null,
    run_id text not null,
    window_since date,
    window_until date,
    fetched_at timestamptz not null,
    row_count integer not null,
    raw_bytes integer not null,
    body bytea not null
);
create index pages_fetched_at_idx on raw.pages using brin (fetched_at);
comment on table raw.pages is
    'One row per API answer: its data part as it came, zlib-compressed, without paging links and so without tokens. For audit and replay; swept after the retention.';

create table raw.rejected_rows (
    rejected_id bigint generated always as identity primary key,
    source text not null,
    platform text not null,
    account_id text not null,
    object_key text,
    reason text not null,
    row_text text not null,
    row_hash bytea not null,
    run_id text,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    times_seen integer not null default 1,
    unique (source, platform, account_id, row_hash)
);
comment on table raw.rejected_rows is 'Quarantine: rows that could not be taken as they are, with the reason. Nothing is dropped without a trace here.';

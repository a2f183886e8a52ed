-- The objects of the ad account: current state typed, whole payload as jsonb, history by content hash.
-- Budgets are major units (Meta sends minor units with offsets of its own; converted once, on the way in).

create table raw.accounts (
    platform text not null,
    account_id text not null,
    name text,
    currency text,
    timezone_name text,
    account_status integer,
    amount_spent numeric,
    spend_cap numeric,
    payload jsonb not null,
    content_hash bytea not null,
    first_seen_at timestamptz not null,
    fetched_at timestamptz not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id)
);

create table raw.campaigns (
    platform text not null,
    account_id text not null,
    campaign_id text not null,
    name text,
    objective text,
    status text,
    effective_status text,
    buying_type text,
    bid_strategy text,
    daily_budget numeric,
    lifetime_budget numeric,
    budget_remaining numeric,
    spend_cap numeric,
    start_at timestamptz,
    stop_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz,
    payload jsonb not null,
    content_hash bytea not null,
    first_seen_at timestamptz not null,
    fetched_at timestamptz not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, campaign_id)
);

create table raw.adsets (
    platform text not null,
    account_id text not null,
    adset_id text not null,
    campaign_id text,
    name text,
    status text,
    effective_status text,
    optimization_goal text,
    billing_event text,
    bid_strategy text,
    bid_amount numeric,
    daily_budget numeric,
    lifetime_budget numeric,
    budget_remaining numeric,
    learning_status text,
    start_at timestamptz,
    end_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz,
    payload jsonb not null,
    content_hash bytea not null,
    first_seen_at timestamptz not null,
    fetched_at timestamptz not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, adset_id)
);

create table raw.ads (
    platform text not null,
    account_id text not null,
    ad_id text not null,
    adset_id text,
    campaign_id text,
    creative_id text,
    name text,
    status text,
    effective_status text,
    created_at timestamptz,
    updated_at timestamptz,
    payload jsonb not null,
    content_hash bytea not null,
    first_seen_at timestamptz not null,
    fetched_at timestamptz not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, ad_id)
);
create index ads_changed_idx on raw.ads (changed_xid);
create index ads_creative_idx on raw.ads (platform, creative_id);

create table raw.creatives (
    platform text not null,
    account_id text not null,
    creative_id text not null,
    name text,
    title text,
    body text,
    object_type text,
    status text,
    video_id text,
    image_hash text,
    link_url text,
    call_to_action_type text,
    thumbnail_url text,
    thumbnail_hash text,
    payload jsonb not null,
    content_hash bytea not null,
    first_seen_at timestamptz not null,
    fetched_at timestamptz not null,
    withdrawn_at timestamptz,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, creative_id)
);
create index creatives_changed_idx on raw.creatives (changed_xid);

create table raw.object_history (
    platform text not null,
    object_type text not null check (object_type in ('account', 'campaign', 'adset', 'ad', 'creative')),
    object_id text not null,
    account_id text not null,
    content_hash bytea not null,
    payload jsonb not null,
    observed_at timestamptz not null,
    primary key (platform, object_type, object_id, observed_at)
);
comment on table raw.object_history is 'Every version of every object that was seen, by content hash: a row whenever the object changed, with when it was first seen so.';

create table raw.thumbnails (
    thumbnail_hash text primary key,
    media_type text not null,
    bytes bytea not null,
    fetched_at timestamptz not null
);
comment on table raw.thumbnails is 'Creative thumbnails by SHA-256 of their bytes: Meta''s links expire after days.';

create table raw.activities (
    platform text not null,
    account_id text not null,
    activity_key text not null,
    event_type text not null,
    event_at timestamptz not null,
    actor_id text,
    actor_name text,
    application_name text,
    object_id text,
    object_name text,
    object_type text,
    translated_event_type text,
    extra_data jsonb,
    fetched_at timestamptz not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id, activity_key)
);
create index activities_object_idx on raw.activities (platform, object_id, event_at);
create index activities_event_idx on raw.activities (platform, account_id, event_at);
create index activities_changed_idx on raw.activities (changed_xid);
comment on table raw.activities is 'The account''s change log: who changed what when. activity_key is a hash of the event, as Meta gives none.';

comment on table raw.accounts is 'Ad accounts, current state. Grain: platform, account_id (without act_).';
comment on table raw.campaigns is 'Campaigns, current state. Grain: platform, campaign_id. Budgets in major units of the account''s currency.';
comment on table raw.adsets is 'Ad sets, current state. Grain: platform, adset_id. Budgets in major units of the account''s currency.';
comment on table raw.ads is 'Ads, current state. Grain: platform, ad_id.';
comment on table raw.creatives is 'Creatives, current state. Grain: platform, creative_id. video_id is taken from the creative, its story spec or its asset feed.';

-- What people tell the pipeline: rules, groups, exchange rates. A star as account_id is the default for all.

create table raw.conversion_rules (
    platform text not null default 'meta',
    account_id text not null default '*',
    position smallint not null,
    action_type text not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id, position),
    unique (platform, account_id, action_type)
);
comment on table raw.conversion_rules is
    'Per account the ordered list of action types that count as a conversion: the first one present in a row wins, never a sum. An account with rows of its own ignores the default (*).';
insert into raw.conversion_rules (position, action_type) values
    (1, 'omni_purchase'),
    (2, 'purchase'),
    (3, 'offsite_conversion.fb_pixel_purchase'),
    (4, 'onsite_conversion.purchase'),
    (5, 'app_custom_event.fb_mobile_purchase');

create table raw.campaign_groups (
    platform text not null default 'meta',
    account_id text not null,
    campaign_id text not null,
    campaign_group text not null,
    primary key (platform, account_id, campaign_id)
);
comment on table raw.campaign_groups is 'Optional grouping of campaigns for blended ROAS (brand, country, funnel stage). Grain: campaign.';

create table raw.fx_rates (
    rate_date date not null,
    from_currency text not null,
    to_currency text not null,
    rate numeric not null check (rate > 0 and rate <> 'NaN'),
    source text not null default 'manual',
    loaded_at timestamptz not null default now(),
    primary key (rate_date, from_currency, to_currency)
);
comment on table raw.fx_rates is 'One unit of from_currency in to_currency on that day. A missing rate is an error for that row, never 1.';

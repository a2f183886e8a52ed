-- How orders are credited to campaigns, and which days' exchange rates changed.

create table raw.attribution_settings (
    platform text not null default 'meta',
    account_id text not null default '*',
    window_days integer not null default 7 check (window_days between 1 and 90),
    platform_channels text[] not null default '{web,app}',
    utm_sources text[] not null
        default '{facebook,fb,instagram,ig,meta,messenger,msg,an,audience,threads,whatsapp}',
    primary key (platform, account_id)
);
comment on table raw.attribution_settings is
    'How orders that were handed in are credited. An account without a row of its own follows the default (*). A change computes all of marts.true_roas again.';
comment on column raw.attribution_settings.platform is 'Ad platform.';
comment on column raw.attribution_settings.account_id is 'Ad account without act_; a star is the default for all.';
comment on column raw.attribution_settings.window_days is 'Days from the click within which an order counts, the last hour of them included.';
comment on column raw.attribution_settings.platform_channels is
    'Channels whose orders the platform measures by itself. Of these, and of orders without a channel, only those beyond what it reports are added.';
comment on column raw.attribution_settings.utm_sources is
    'Words of utm_source that stand for this platform: a campaign is found by its name only in visits from there. Ids need no utm_source.';
insert into raw.attribution_settings default values;

-- A name in an order is the one its ad had when it was clicked, so names are looked for in the history too. Hash
-- indexes take names of any length.
create index campaigns_name_idx on raw.campaigns using hash (name);
create index ads_name_idx on raw.ads using hash (name);
create index object_history_name_idx on raw.object_history using hash ((payload ->> 'name'))
    where object_type in ('campaign', 'ad');

create table ops.fx_rate_days (
    rate_date date primary key,
    changed_xid xid8 not null default pg_current_xact_id()
);
create index fx_rate_days_changed_idx on ops.fx_rate_days (changed_xid);
comment on table ops.fx_rate_days is
    'Days of raw.fx_rates with the transaction that last changed a rate of theirs: years of rates need not be read to see that nothing changed. Grain: day.';
comment on column ops.fx_rate_days.rate_date is 'Day of the rates.';
comment on column ops.fx_rate_days.changed_xid is 'Transaction that last inserted, changed or deleted a rate of the day.';
insert into ops.fx_rate_days (rate_date) select distinct rate_date from raw.fx_rates;

create function ops.mark_fx_days() returns trigger
language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' then
        update ops.fx_rate_days set changed_xid = pg_current_xact_id();
    else
        insert into ops.fx_rate_days (rate_date) select distinct rate_date from moved order by rate_date
        on conflict (rate_date) do update set changed_xid = excluded.changed_xid;
    end if;
    return null;
end
$$;
comment on function ops.mark_fx_days is 'Trigger: the rates of these days were changed by this transaction.';
create trigger fx_rates_inserted after insert on raw.fx_rates
    referencing new table as moved for each statement execute function ops.mark_fx_days();
create trigger fx_rates_updated_to after update on raw.fx_rates
    referencing new table as moved for each statement execute function ops.mark_fx_days();
create trigger fx_rates_updated_from after update on raw.fx_rates
    referencing old table as moved for each statement execute function ops.mark_fx_days();
create trigger fx_rates_deleted after delete on raw.fx_rates
    referencing old table as moved for each statement execute function ops.mark_fx_days();
create trigger fx_rates_truncated after truncate on raw.fx_rates
    for each statement execute function ops.mark_fx_days();

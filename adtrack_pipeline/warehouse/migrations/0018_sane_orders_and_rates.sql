-- What is handed in by SQL is held to what files are held to: one absurd instant would fail every hour after it. And a
-- refund may have an id of its own, so that two of one order at the same moment are two.

with absurd as (
    delete from raw.offline_conversions as told
    where not (occurred_at >= '2000-01-01Z' and occurred_at < '2100-01-01Z') returning told.*
)
insert into raw.rejected_rows
    (source, platform, account_id, object_key, reason, row_text, row_hash, first_seen_at, last_seen_at)
select
    'offline_conversions', platform, account_id, order_id, 'occurred_at is not between 2000 and 2100.',
    to_jsonb(absurd)::text, sha256(convert_to(to_jsonb(absurd)::text, 'UTF8')), received_at, received_at
from absurd
on conflict do nothing;

with absurd as (
    delete from raw.fx_rates as told
    where not (rate_date between '1990-01-01' and '2100-01-01' and rate < 1e15) returning told.*
)
insert into raw.rejected_rows
    (source, platform, account_id, object_key, reason, row_text, row_hash, first_seen_at, last_seen_at)
select
    'fx_rates', '*', '*', from_currency || to_currency, 'The day or the rate is none.',
    to_jsonb(absurd)::text, sha256(convert_to(to_jsonb(absurd)::text, 'UTF8')), loaded_at, loaded_at
from absurd
on conflict do nothing;

alter table raw.offline_conversions add column refund_id text;
alter table raw.offline_conversions
    add constraint it_happened_at_a_real_moment check (occurred_at >= '2000-01-01Z' and occurred_at < '2100-01-01Z'),
    add constraint a_refund_has_an_id_or_none check (refund_id <> '');
alter table raw.fx_rates
    add constraint the_day_is_a_real_one check (rate_date between '1990-01-01' and '2100-01-01'),
    add constraint the_rate_is_a_number check (rate < 1e15);

comment on column raw.offline_conversions.refund_id is
    'Id of the refund (value below 0) in the shop, if it has one: the same id again is a correction. Without one the moment tells refunds of an order apart.';
comment on column raw.offline_conversions.refund_key is
    'Empty for an order. For a refund (value below 0) its refund_id, or without one the moment of the refund, so that one order may have several; given by the database.';

create or replace function raw.version_order() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest record;
begin
    perform pg_advisory_xact_lock(1094997073);
    new.account_id := coalesce(nullif(regexp_replace(trim(new.account_id), '^act_', ''), ''), '*');
    new.refund_key := case
        when new.value < 0 then coalesce(new.refund_id, extract(epoch from new.occurred_at)::text) else ''
    end;
    new.content_hash := sha256(convert_to(row(
        new.platform, extract(epoch from new.occurred_at), trim_scale(new.value), new.currency, new.channel,
        new.is_reported_to_platform, new.campaign_id, new.ad_id, new.click_id, new.utm_source, new.utm_medium,
        new.utm_campaign, new.utm_content, trim_scale(new.lead_time_hours), new.metadata
    )::text, 'UTF8'));
    select version, content_hash, received_at into newest
    from raw.offline_conversions
    where (account_id, order_id, refund_key) = (new.account_id, new.order_id, new.refund_key)
    order by version desc limit 1;
    -- What was told the other way since then counts now, so telling this again is news.
    if newest.content_hash = new.content_hash and not exists (
        select from raw.offline_conversions as other
        where (other.order_id, other.refund_key, other.platform) = (new.order_id, new.refund_key, new.platform)
            and (other.account_id = '*') <> (new.account_id = '*')
            and other.received_at > newest.received_at
            and other.content_hash <> new.content_hash
    ) then
        return null;
    end if;
    new.version := coalesce(newest.version, 0) + 1;
    new.received_at := greatest(clock_timestamp(), (
        select max(received_at) + interval '1 microsecond' from raw.offline_conversions where order_id = new.order_id
    ));
    new.changed_xid := pg_current_xact_id();
    return new;
end
$$;

-- A missing rate makes sums null, and an order of an unknown click day is compared with the days before it: all rows are
-- computed again.
alter table if exists marts.true_roas
    alter column offline_revenue drop not null,
    alter column unattributed_revenue drop not null,
    alter column true_revenue drop not null;
delete from ops.model_watermarks where model = 'true_roas';

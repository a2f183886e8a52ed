-- An order that is handed in once with and once without its account is one order, and the version received last counts.
-- Which account a star stands for is decided in intermediate.int_order_credits, as campaigns become known.

create index offline_conversions_order_idx on raw.offline_conversions (order_id);

comment on column raw.offline_conversions.account_id is
    'Ad account the order belongs to (without act_): order ids are unique within it. A star: not told; then it is the account the campaign or ad leads to, else the only one that hands in this order id.';
comment on column raw.offline_conversions.version is
    'Counts from 1 per account as told; given by the database. Of versions told with and without the account the one received last counts.';
comment on column raw.offline_conversions.received_at is
    'When this version arrived; of one order id always later than what arrived before, whatever the clock did.';
comment on column raw.offline_conversions.content_hash is
    'Hash of what was told; two versions in a row share it only when the order was told otherwise with or without its account in between.';

create or replace function raw.version_order() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest record;
begin
    perform pg_advisory_xact_lock(1094997073);
    new.account_id := coalesce(nullif(regexp_replace(trim(new.account_id), '^act_', ''), ''), '*');
    new.refund_key := case when new.value < 0 then extract(epoch from new.occurred_at)::text else '' end;
    new.content_hash := sha256(convert_to(row(
        new.platform, extract(epoch from new.occurred_at), trim_scale(new.value), new.currency, new.channel,
        new.is_reported_to_platform, new.campaign_id, new.ad_id, new.click_id, new.utm_source, new.utm_medium,
        new.utm_campaign, new.utm_content, trim_scale(new.lead_time_hours), new.metadata
    )::text, 'UTF8'));
    -- What was told the other way since then counts now, so telling this again is news.
    select own.version, own.content_hash, told.received_at, told.otherwise_at > own.received_at as is_news into newest
    from (
        select
            max(received_at) as received_at,
            max(received_at) filter (
                where (refund_key, platform) = (new.refund_key, new.platform)
                    and (account_id = '*') <> (new.account_id = '*')
                    and content_hash <> new.content_hash
            ) as otherwise_at
        from raw.offline_conversions where order_id = new.order_id
    ) as told
    left join lateral (
        select version, content_hash, received_at
        from raw.offline_conversions
        where (account_id, order_id, refund_key) = (new.account_id, new.order_id, new.refund_key)
        order by version desc limit 1
    ) as own on told.received_at is not null;
    if newest.content_hash = new.content_hash and newest.is_news is not true then
        return null;
    end if;
    new.version := coalesce(newest.version, 0) + 1;
    new.received_at := greatest(clock_timestamp(), newest.received_at + interval '1 microsecond');
    new.changed_xid := pg_current_xact_id();
    return new;
end
$$;

-- Built anew at the next build, by this rule and with an index that begins with the order; what follows it follows.
drop table if exists intermediate.int_order_credits;

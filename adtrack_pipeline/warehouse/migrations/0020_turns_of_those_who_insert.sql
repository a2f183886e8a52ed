-- Whoever inserts takes turns by a row that only the triggers can reach. An advisory lock could be taken by any login,
-- and held by one that never inserts a thing.

create table ops.intake_turns (target text primary key);
insert into ops.intake_turns values ('predictions'), ('offline_conversions');
comment on table ops.intake_turns is
    'Whose turn it is: a transaction that gives versions in a table holds its row here until it ends. Grain: target.';
comment on column ops.intake_turns.target is 'Table of raw.';

create or replace function raw.version_prediction() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest record;
begin
    perform from ops.intake_turns where target = 'predictions' for no key update;
    if not found then
        raise 'ops.intake_turns has no row for predictions: insert it again.';
    end if;
    new.content_hash := sha256(convert_to(row(
        new.platform, new.level, new.object_id, new.model_name, new.model_version, extract(epoch from new.predicted_at),
        new.window_start - date '2000-01-01', new.window_end - date '2000-01-01',
        trim_scale(new.predicted_ctr), trim_scale(new.predicted_ctr_lower), trim_scale(new.predicted_ctr_upper),
        trim_scale(new.predicted_roas), trim_scale(new.predicted_roas_lower), trim_scale(new.predicted_roas_upper),
        trim_scale(new.predicted_conversions), trim_scale(new.predicted_conversions_lower),
        trim_scale(new.predicted_conversions_upper), trim_scale(new.predicted_spend),
        trim_scale(new.predicted_spend_lower), trim_scale(new.predicted_spend_upper),
        new.interval_level, new.metadata
    )::text, 'UTF8'));
    select version, content_hash into newest
    from raw.predictions where prediction_id = new.prediction_id order by version desc limit 1;
    if newest.content_hash = new.content_hash then
        return null;
    end if;
    new.version := coalesce(newest.version, 0) + 1;
    new.received_at := clock_timestamp();
    new.changed_xid := pg_current_xact_id();
    return new;
end
$$;

create or replace function raw.version_order() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest record;
begin
    perform from ops.intake_turns where target = 'offline_conversions' for no key update;
    if not found then
        raise 'ops.intake_turns has no row for offline_conversions: insert it again.';
    end if;
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

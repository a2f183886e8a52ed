-- Alerts with a life of their own, silences, and the outbox: events written in the same transaction as their cause.

create table ops.alert_silences (
    silence_id bigint generated always as identity primary key,
    platform text,
    account_id text,
    campaign_id text,
    object_id text,
    alert_type text,
    starts_at timestamptz not null default now(),
    until_at timestamptz not null,
    who text not null check (who <> ''),
    why text not null check (why <> ''),
    created_at timestamptz not null default now(),
    ended_by text,
    check (until_at >= starts_at)
);
create index alert_silences_until_idx on ops.alert_silences (until_at);
comment on table ops.alert_silences is
    'Silences with an end: alerts that match every given column are rows but no messages. A null column matches anything.';
comment on column ops.alert_silences.silence_id is 'Running number.';
comment on column ops.alert_silences.platform is 'Only alerts of this ad platform; null: of any.';
comment on column ops.alert_silences.account_id is 'Only alerts of this account (without act_); null: of any.';
comment on column ops.alert_silences.campaign_id is 'Only alerts of this campaign and of what is in it; null: of any.';
comment on column ops.alert_silences.object_id is 'Only alerts about this object (ad, ad set, campaign or account id); null: about any.';
comment on column ops.alert_silences.alert_type is 'Only alerts of this type, e.g. ctr_drop; null: of any.';
comment on column ops.alert_silences.starts_at is 'From when it holds.';
comment on column ops.alert_silences.until_at is 'Until when it holds. Ending one early sets this to the moment it was ended.';
comment on column ops.alert_silences.who is 'Who asked for silence.';
comment on column ops.alert_silences.why is 'Why, in a few words.';
comment on column ops.alert_silences.created_at is 'When it was asked for.';
comment on column ops.alert_silences.ended_by is 'Who ended it before its time; null if nobody did.';

create table ops.alerts (
    alert_id bigint generated always as identity primary key,
    alert_key text not null,
    alert_type text not null,
    metric text not null,
    level text not null check (level in ('ad', 'adset', 'campaign', 'account', 'pipeline')),
    platform text,
    account_id text,
    campaign_id text,
    adset_id text,
    ad_id text,
    object_id text not null,
    object_name text,
    status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
    severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
    pages boolean not null,
    message text not null,
    threshold double precision,
    expected double precision,
    actual double precision,
    score double precision,
    money_at_stake double precision,
    currency text,
    evidence jsonb not null default '{}',
    source text not null,
    began_at timestamptz not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    opened_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at timestamptz,
    resolved_reason text,
    missing_since timestamptz,
    missed_scans integer not null default 0,
    reopened integer not null default 0,
    snoozed_until timestamptz,
    snoozed_by text,
    suppressed_by bigint references ops.alerts on delete set null,
    suppressed_why text check (suppressed_why in ('grouped', 'inhibited')),
    silenced_by bigint references ops.alert_silences on delete set null,
    escalations integer not null default 0,
    told_severity text check (told_severity in ('low', 'medium', 'high', 'critical')),
    last_told_at timestamptz,
    check ((status = 'resolved') = (resolved_at is not null))
);
create unique index alerts_live_key_idx on ops.alerts (alert_key) where status <> 'resolved';
create index alerts_key_idx on ops.alerts (alert_key, resolved_at desc);
create index alerts_seen_idx on ops.alerts (account_id, last_seen_at desc);
create index alerts_resolved_idx on ops.alerts (resolved_at) where status = 'resolved';
create index alerts_suppressed_idx on ops.alerts (suppressed_by) where suppressed_by is not null;
create index alerts_silenced_idx on ops.alerts (silenced_by) where silenced_by is not null;
comment on table ops.alerts is
    'One row per incident and object, however many hours it lasts: open, acknowledged, resolved by itself when the condition ends.';
comment on column ops.alerts.alert_id is 'Running number: what people and messages call the alert.';
comment on column ops.alerts.alert_key is 'Type, metric, platform, account, level and object: at most one unresolved alert has it.';
comment on column ops.alerts.alert_type is 'What it is called: ctr_drop, budget_exceeded, tracking_outage, sync_stale, ...';
comment on column ops.alerts.metric is 'What was measured: ctr, spend, conversions, delivery, ...';
comment on column ops.alerts.level is 'Kind of object: ad, adset, campaign, account; pipeline for a part of adtrack itself.';
comment on column ops.alerts.platform is 'Ad platform; null for the pipeline.';
comment on column ops.alerts.account_id is 'Ad account id without act_; null for the pipeline.';
comment on column ops.alerts.campaign_id is 'Campaign of the object; null above campaigns.';
comment on column ops.alerts.adset_id is 'Ad set of the object; null above ad sets.';
comment on column ops.alerts.ad_id is 'Ad id; null above ads.';
comment on column ops.alerts.object_id is 'Id of the object at its level.';
comment on column ops.alerts.object_name is 'Name of the object, exactly as its owner wrote it (may hold markup).';
comment on column ops.alerts.status is 'open, acknowledged (somebody has it) or resolved (the condition ended).';
comment on column ops.alerts.severity is 'low, medium, high or critical: the worst of this incident so far.';
comment on column ops.alerts.pages is 'Worth a message; otherwise only recorded.';
comment on column ops.alerts.message is 'One or two plain sentences: what, since when, likely cause, money.';
comment on column ops.alerts.threshold is 'The line that was crossed, in the metric''s unit.';
comment on column ops.alerts.expected is 'What was to be expected, in the metric''s unit.';
comment on column ops.alerts.actual is 'What was observed when last seen, in the metric''s unit.';
comment on column ops.alerts.score is 'Distance from expectation in standard deviations, without sign.';
comment on column ops.alerts.money_at_stake is 'What it cost or kept from being earned so far, major units of currency.';
comment on column ops.alerts.currency is 'Currency of the account (ISO 4217).';
comment on column ops.alerts.evidence is 'What it was judged by; series (ts, actual, expected, low, high) draws the chart.';
comment on column ops.alerts.source is 'Who looks for it: detection, policies, health. Only the same source resolves it.';
comment on column ops.alerts.began_at is 'The hour it began, as far as known.';
comment on column ops.alerts.first_seen_at is 'When a scan first saw it.';
comment on column ops.alerts.last_seen_at is 'When a scan last saw it.';
comment on column ops.alerts.opened_at is 'When it was opened; of a reopened alert when it was reopened.';
comment on column ops.alerts.acknowledged_at is 'When somebody took it on.';
comment on column ops.alerts.acknowledged_by is 'Who took it on.';
comment on column ops.alerts.resolved_at is 'When it was resolved; null while it is not.';
comment on column ops.alerts.resolved_reason is 'ended: the condition was gone; expired: nobody looked at its account any more.';
comment on column ops.alerts.missing_since is 'First of the consecutive scans that looked and did not see it; null when the last one saw it.';
comment on column ops.alerts.missed_scans is 'How many consecutive scans looked and did not see it.';
comment on column ops.alerts.reopened is 'How often the same condition came back within the cool-down.';
comment on column ops.alerts.snoozed_until is 'No messages about this alert until then.';
comment on column ops.alerts.snoozed_by is 'Who snoozed it.';
comment on column ops.alerts.suppressed_by is 'The alert that explains this one and is told instead of it.';
comment on column ops.alerts.suppressed_why is 'grouped: several objects under one parent; inhibited: a wider failure explains it.';
comment on column ops.alerts.silenced_by is 'The silence that covers it now.';
comment on column ops.alerts.escalations is 'How often it was told again because its severity rose.';
comment on column ops.alerts.told_severity is 'The worst severity that was told; null while nothing was.';
comment on column ops.alerts.last_told_at is 'When an event about it was last written.';

create table ops.event_sequences (
    stream_key text primary key,
    n bigint not null
);
comment on table ops.event_sequences is
    'The last number given per stream. Updated in the transaction that writes the events, so that numbers have no gaps.';
comment on column ops.event_sequences.stream_key is 'platform:account:campaign, - for what is absent; pipeline for adtrack itself.';
comment on column ops.event_sequences.n is 'The last number given.';

create table ops.event_outbox (
    event_id uuid primary key default gen_random_uuid(),
    position bigint generated always as identity,
    stream_key text not null,
    seq bigint not null,
    event_type text not null check (event_type in (
        'campaign.metrics_updated', 'campaign.performance_alert', 'campaign.budget_exceeded',
        'campaign.performance_threshold', 'pipeline.alert'
    )),
    subject text not null,
    platform text,
    account_id text,
    campaign_id text,
    alert_id bigint references ops.alerts on delete set null,
    alert_type text,
    severity text,
    change text check (change in ('opened', 'escalated', 'resolved', 'reminded')),
    data jsonb not null,
    occurred_at timestamptz not null,
    created_at timestamptz not null default clock_timestamp(),
    unique (stream_key, seq)
);
create unique index event_outbox_position_idx on ops.event_outbox (position);
create index event_outbox_created_idx on ops.event_outbox (created_at);
create index event_outbox_alert_idx on ops.event_outbox (alert_id) where alert_id is not null;
create index event_outbox_metrics_idx on ops.event_outbox (stream_key, (data #>> '{metrics,date}'), seq desc)
    where event_type = 'campaign.metrics_updated';
comment on table ops.event_outbox is
    'Events to be delivered, written in the transaction of what caused them. Order is promised within a stream only (seq).';
comment on column ops.event_outbox.event_id is 'Id of the event everywhere: CloudEvents id, Nats-Msg-Id, webhook-id.';
comment on column ops.event_outbox.position is 'To page and to purge; no order of commits.';
comment on column ops.event_outbox.stream_key is 'platform:account:campaign, - for what is absent; pipeline for adtrack itself.';
comment on column ops.event_outbox.seq is 'Contiguous number within the stream, from 1.';
comment on column ops.event_outbox.event_type is 'campaign.metrics_updated, .performance_alert, .budget_exceeded, .performance_threshold or pipeline.alert.';
comment on column ops.event_outbox.subject is 'events.platform.account.campaign.event, safe as a NATS subject.';
comment on column ops.event_outbox.platform is 'Ad platform; null for the pipeline.';
comment on column ops.event_outbox.account_id is 'Ad account id without act_; null for the pipeline.';
comment on column ops.event_outbox.campaign_id is 'Campaign id; null for an account or the pipeline.';
comment on column ops.event_outbox.alert_id is 'The alert it is about; null for metrics, or once the alert was purged.';
comment on column ops.event_outbox.alert_type is 'Type of the alert; null for metrics.';
comment on column ops.event_outbox.severity is 'Severity of the alert when it was told; null for metrics.';
comment on column ops.event_outbox.change is 'opened, escalated, reminded or resolved; null for metrics.';
comment on column ops.event_outbox.data is 'The payload, as its published JSON schema says.';
comment on column ops.event_outbox.occurred_at is 'When it happened: the moment of the scan, or of the metrics'' build.';
comment on column ops.event_outbox.created_at is 'When the row was written.';

create function ops.event_subject(platform text, account_id text, campaign_id text, event_type text) returns text
language sql immutable as $$
    select format(
        'events.%s.%s.%s.%s',
        regexp_replace(coalesce(nullif(platform, ''), '-'), '[^A-Za-z0-9_-]', '_', 'g'),
        regexp_replace(coalesce(nullif(account_id, ''), '-'), '[^A-Za-z0-9_-]', '_', 'g'),
        regexp_replace(coalesce(nullif(campaign_id, ''), '-'), '[^A-Za-z0-9_-]', '_', 'g'),
        regexp_replace(split_part(event_type, '.', 2), '[^A-Za-z0-9_-]', '_', 'g')
    )
$$;
comment on function ops.event_subject is 'The NATS subject of an event: five tokens, without dots, blanks or wildcards in the ids.';

-- The one place that numbers events. All streams of a call are taken in one order, so that two calls cannot deadlock.
create function ops.append_events(events jsonb) returns bigint
language plpgsql as $$
declare
    appended bigint;
begin
    with given as (
        select
            event.*,
            case
                when event.event_type like 'pipeline.%' then 'pipeline'
                else concat_ws(
                    ':', coalesce(event.platform, '-'), coalesce(event.account_id, '-'), coalesce(event.campaign_id, '-')
                )
            end as stream_key,
            element.place
        from jsonb_array_elements(events) with ordinality as element (event, place)
        cross join lateral jsonb_to_record(element.event) as event (
            event_type text, platform text, account_id text, campaign_id text, alert_id bigint, alert_type text,
            severity text, change text, data jsonb, occurred_at timestamptz
        )
    ),
    numbered as (
        insert into ops.event_sequences as sequences (stream_key, n)
        select stream_key, count(*) from given group by stream_key order by stream_key
        on conflict (stream_key) do update set n = sequences.n + excluded.n
        returning stream_key, n
    )
    insert into ops.event_outbox (
        stream_key, seq, event_type, subject, platform, account_id, campaign_id,
        alert_id, alert_type, severity, change, data, occurred_at
    )
    select
        stream_key,
        n - count(*) over (partition by stream_key) + row_number() over (partition by stream_key order by place),
        event_type,
        case
            when stream_key = 'pipeline' then ops.event_subject('pipeline', null, null, event_type)
            else ops.event_subject(platform, account_id, campaign_id, event_type)
        end,
        platform, account_id, campaign_id, alert_id, alert_type, severity, change, data, occurred_at
    from given inner join numbered using (stream_key)
    order by place;
    get diagnostics appended = row_count;
    if appended > 0 then
        perform pg_notify('adtrack_events', appended::text);
    end if;
    return appended;
end
$$;
comment on function ops.append_events is
    'Writes events (a list of objects with the columns of ops.event_outbox) in the caller''s transaction, numbered without gaps, and wakes who delivers them. Returns how many.';

-- What people do with alerts, for psql and BI tools. A role needs nothing but the right to execute them.
create function ops.acknowledge_alert(alert_id bigint, who text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(trim(who), '') = '' then
        raise exception 'who acknowledges alert %? Give a name.', alert_id;
    end if;
    update ops.alerts as alert set status = 'acknowledged', acknowledged_at = now(), acknowledged_by = who
    where alert.alert_id = acknowledge_alert.alert_id and alert.status = 'open';
    return found;
end
$$;
comment on function ops.acknowledge_alert is 'Take an alert on: it is told again only if it worsens. False if it was not open.';

create function ops.snooze_alert(alert_id bigint, until timestamptz, who text default session_user) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if until is null or until <= now() then
        raise exception 'a snooze ends in the future, not at %', until;
    end if;
    update ops.alerts as alert set snoozed_until = until, snoozed_by = who
    where alert.alert_id = snooze_alert.alert_id and alert.status <> 'resolved';
    return found;
end
$$;
comment on function ops.snooze_alert is
    'No messages about one alert until then; if it still holds it is told again. False if it was resolved already.';

create function ops.silence_alerts(
    until timestamptz, who text, why text, account_id text default null, campaign_id text default null,
    object_id text default null, alert_type text default null, platform text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made bigint;
begin
    if until is null or until <= now() then
        raise exception 'a silence ends in the future, not at %', until;
    end if;
    if coalesce(trim(who), '') = '' or coalesce(trim(why), '') = '' then
        raise exception 'a silence says who asked for it and why';
    end if;
    insert into ops.alert_silences (platform, account_id, campaign_id, object_id, alert_type, until_at, who, why)
    values (platform, account_id, campaign_id, object_id, alert_type, until, who, why)
    returning silence_id into made;
    return made;
end
$$;
comment on function ops.silence_alerts is
    'No messages about what matches all the given columns (null: any) until then. Returns the number of the silence.';

create function ops.unsilence_alerts(silence_id bigint, who text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ops.alert_silences as silence set until_at = greatest(now(), silence.starts_at), ended_by = unsilence_alerts.who
    where silence.silence_id = unsilence_alerts.silence_id and silence.until_at > now();
    return found;
end
$$;
comment on function ops.unsilence_alerts is 'End a silence before its time. False if it was over.';

revoke execute on function ops.append_events(jsonb) from public;
revoke execute on function ops.acknowledge_alert(bigint, text) from public;
revoke execute on function ops.snooze_alert(bigint, timestamptz, text) from public;
revoke execute on function ops.silence_alerts(timestamptz, text, text, text, text, text, text, text) from public;
revoke execute on function ops.unsilence_alerts(bigint, text) from public;

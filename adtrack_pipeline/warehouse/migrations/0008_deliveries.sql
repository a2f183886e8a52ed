-- What became of each event on each channel. A channel that does not want an event writes nothing about it: where a
-- channel stands is one watermark, one number per stream it delivered, and a row per event that waits or was given up.

alter table ops.event_outbox add column written_xid xid8 not null default pg_current_xact_id();
comment on column ops.event_outbox.written_xid is
    'The transaction that wrote the row. Numbers and times are given before a commit; only this tells what may still appear.';
create index event_outbox_written_idx on ops.event_outbox (event_type, written_xid);

create table ops.delivery_channels (
    channel text primary key,
    kind text not null,
    seen_xid xid8 not null,
    failures integer not null default 0,
    paused_until timestamptz,
    disabled_at timestamptz,
    last_error text,
    last_delivered_at timestamptz,
    delivered bigint not null default 0,
    burst_started_at timestamptz,
    burst_messages integer not null default 0,
    added_at timestamptz not null default now()
);
comment on table ops.delivery_channels is 'Where each channel stands. A channel gets what was written since an hour before it was added.';
comment on column ops.delivery_channels.channel is 'Its name in the configuration.';
comment on column ops.delivery_channels.kind is 'webhook, slack, email, nats, pagerduty or apprise.';
comment on column ops.delivery_channels.seen_xid is
    'Events of older transactions are delivered, unwanted, kept in ops.deliveries, or their stream is marked as behind.';
comment on column ops.delivery_channels.failures is 'How often in a row the channel could not be used; 0 when the last attempt arrived.';
comment on column ops.delivery_channels.paused_until is 'Nothing is sent before this; the first message after it is a probe.';
comment on column ops.delivery_channels.disabled_at is 'Since when it is switched off (the receiver answered 410 Gone); null while it is on.';
comment on column ops.delivery_channels.last_error is 'Why it last failed, without secrets; null when the last attempt arrived.';
comment on column ops.delivery_channels.last_delivered_at is 'When something last arrived.';
comment on column ops.delivery_channels.delivered is 'How many events arrived so far.';
comment on column ops.delivery_channels.burst_started_at is 'For channels to people: beginning of the hour in which messages are counted.';
comment on column ops.delivery_channels.burst_messages is 'For channels to people: messages since then; many make the next ones digests.';
comment on column ops.delivery_channels.added_at is 'When it was first used.';

create table ops.delivery_streams (
    channel text not null references ops.delivery_channels on delete cascade,
    stream_key text not null,
    seq bigint not null,
    behind boolean not null default false,
    attempts integer not null default 0,
    retry_at timestamptz,
    last_error text,
    primary key (channel, stream_key)
);
create index delivery_streams_behind_idx on ops.delivery_streams (channel, retry_at) where behind;
comment on table ops.delivery_streams is 'Per channel and stream the last number dealt with. Only streams that had something for the channel have a row.';
comment on column ops.delivery_streams.channel is 'The channel.';
comment on column ops.delivery_streams.stream_key is 'The stream, as in ops.event_outbox.';
comment on column ops.delivery_streams.seq is 'Everything up to this number is delivered, unwanted, or kept in ops.deliveries.';
comment on column ops.delivery_streams.behind is 'Later events may lie before the channel''s watermark: read on by number.';
comment on column ops.delivery_streams.attempts is 'How often the next event of the stream was refused.';
comment on column ops.delivery_streams.retry_at is 'When it is tried again; the stream waits until then, other streams do not.';
comment on column ops.delivery_streams.last_error is 'Why it was refused, without secrets.';

create table ops.deliveries (
    channel text not null references ops.delivery_channels on delete cascade,
    event_id uuid not null references ops.event_outbox on delete cascade,
    state text not null check (state in ('held', 'retry', 'dead')),
    due_at timestamptz,
    attempts integer not null default 0,
    reason text not null,
    since timestamptz not null default now(),
    primary key (channel, event_id),
    check ((state = 'dead') = (due_at is null))
);
create index deliveries_due_idx on ops.deliveries (channel, due_at) where state <> 'dead';
create index deliveries_event_idx on ops.deliveries (event_id);
comment on table ops.deliveries is
    'Events that left their stream''s order on a channel: held for a digest or quiet hours, given up (dead), or to be sent again. Deleted once delivered.';
comment on column ops.deliveries.channel is 'The channel.';
comment on column ops.deliveries.event_id is 'The event.';
comment on column ops.deliveries.state is 'held: sent at due_at with others; dead: given up, adtrack notify retry sends it again; retry: somebody asked for that.';
comment on column ops.deliveries.due_at is 'When it is to be sent; null for dead ones.';
comment on column ops.deliveries.attempts is 'How often it was refused.';
comment on column ops.deliveries.reason is 'Why it is held or was given up, without secrets.';
comment on column ops.deliveries.since is 'When it got this state.';

-- What people and models hand in: predictions and orders made offline, each with all its versions; and the files they came in.

create table raw.predictions (
    prediction_id text not null check (prediction_id <> ''),
    version integer not null,
    platform text not null default 'meta',
    level text not null check (level in ('ad', 'creative', 'video', 'campaign')),
    object_id text not null check (object_id <> ''),
    model_name text not null check (model_name <> ''),
    model_version text not null default '1',
    predicted_at timestamptz not null,
    window_start date not null,
    window_end date not null,
    predicted_ctr numeric,
    predicted_ctr_lower numeric,
    predicted_ctr_upper numeric,
    predicted_roas numeric,
    predicted_roas_lower numeric,
    predicted_roas_upper numeric,
    predicted_conversions numeric,
    predicted_conversions_lower numeric,
    predicted_conversions_upper numeric,
    predicted_spend numeric,
    predicted_spend_lower numeric,
    predicted_spend_upper numeric,
    interval_level double precision,
    metadata jsonb not null default '{}',
    source text not null default 'sql',
    source_line bigint,
    received_at timestamptz not null default clock_timestamp(),
    content_hash bytea not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (prediction_id, version),
    constraint the_window_is_not_reversed check (window_end >= window_start),
    constraint the_window_is_a_real_one check (window_start >= '2000-01-01' and window_end <= '2100-01-01'),
    constraint something_is_predicted
        check (num_nonnulls(predicted_ctr, predicted_roas, predicted_conversions, predicted_spend) > 0),
    -- NaN and infinity are greater than every number to Postgres, so one bound refuses them all.
    constraint values_are_numbers_from_zero check (
        least(predicted_ctr, predicted_roas, predicted_conversions, predicted_spend) >= 0
        and greatest(predicted_ctr, predicted_roas, predicted_conversions, predicted_spend) < 1e15
    ),
    constraint bounds_are_numbers check (
        coalesce(greatest(
            predicted_ctr_lower, predicted_ctr_upper, predicted_roas_lower, predicted_roas_upper,
            predicted_conversions_lower, predicted_conversions_upper, predicted_spend_lower, predicted_spend_upper
        ) < 1e15, true)
        and coalesce(least(
            predicted_ctr_lower, predicted_ctr_upper, predicted_roas_lower, predicted_roas_upper,
            predicted_conversions_lower, predicted_conversions_upper, predicted_spend_lower, predicted_spend_upper
        ) > -1e15, true)
    ),
    constraint bounds_are_in_order check (
        coalesce(predicted_ctr_lower <= predicted_ctr_upper, true)
        and coalesce(predicted_roas_lower <= predicted_roas_upper, true)
        and coalesce(predicted_conversions_lower <= predicted_conversions_upper, true)
        and coalesce(predicted_spend_lower <= predicted_spend_upper, true)
    ),
    constraint interval_level_is_a_share check (interval_level > 0 and interval_level < 1)
);
create index predictions_object_idx on raw.predictions (platform, level, object_id);
create index predictions_changed_idx on raw.predictions (changed_xid);
comment on table raw.predictions is
    'The published contract for predictions. Grain: prediction, version; the newest version counts, the older ones stay. The role adtrack_predictor may insert here and nothing else.';
comment on column raw.predictions.prediction_id is 'Id of the prediction, given by whoever made it; the same id again with other values is a correction: a new version.';
comment on column raw.predictions.version is 'Counts from 1; given by the database. Inserting a prediction exactly as it is makes no new version.';
comment on column raw.predictions.platform is 'Ad platform of the object.';
comment on column raw.predictions.level is 'Kind of object: ad, creative, video or campaign.';
comment on column raw.predictions.object_id is 'Id of the object at its level, as the platform writes it.';
comment on column raw.predictions.model_name is 'Name of the model.';
comment on column raw.predictions.model_version is 'Version of the model; versions of a model are ranked against each other.';
comment on column raw.predictions.predicted_at is 'When the prediction was made. One made after its window began is marked, since it may have seen what it foretells.';
comment on column raw.predictions.window_start is 'First day predicted, in the time zone of the ad account.';
comment on column raw.predictions.window_end is 'Last day predicted, included, in the time zone of the ad account.';
comment on column raw.predictions.predicted_ctr is 'Clicks of all kinds per 100 impressions over the window: 2.5 means 2.5 %, not 0.025.';
comment on column raw.predictions.predicted_ctr_lower is 'Lower bound of predicted_ctr.';
comment on column raw.predictions.predicted_ctr_upper is 'Upper bound of predicted_ctr.';
comment on column raw.predictions.predicted_roas is 'Revenue per unit of money spent over the window.';
comment on column raw.predictions.predicted_roas_lower is 'Lower bound of predicted_roas.';
comment on column raw.predictions.predicted_roas_upper is 'Upper bound of predicted_roas.';
comment on column raw.predictions.predicted_conversions is 'Conversions over the whole window.';
comment on column raw.predictions.predicted_conversions_lower is 'Lower bound of predicted_conversions.';
comment on column raw.predictions.predicted_conversions_upper is 'Upper bound of predicted_conversions.';
comment on column raw.predictions.predicted_spend is 'Money spent over the whole window, major units of the ad account''s currency.';
comment on column raw.predictions.predicted_spend_lower is 'Lower bound of predicted_spend.';
comment on column raw.predictions.predicted_spend_upper is 'Upper bound of predicted_spend.';
comment on column raw.predictions.interval_level is 'Share of actuals that the bounds promise to hold, e.g. 0.8; null: 0.8 is assumed.';
comment on column raw.predictions.metadata is 'Anything else about the prediction; not read by adtrack.';
comment on column raw.predictions.source is 'sql, or the file it came in.';
comment on column raw.predictions.source_line is 'Line or row number in the file; null for SQL.';
comment on column raw.predictions.received_at is 'When this version arrived.';
comment on column raw.predictions.content_hash is 'Hash of what was predicted; two versions in a row never share it.';
comment on column raw.predictions.changed_xid is 'Transaction that wrote the row: what incremental readers go by.';

-- All writers of a kind take turns, so that a version is given once; the role that inserts cannot choose one.
create function raw.version_prediction() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest record;
begin
    perform pg_advisory_xact_lock(1094997072);
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
comment on function raw.version_prediction is 'Trigger: gives the next version; a prediction that is there exactly so already is left out.';
create trigger predictions_version before insert on raw.predictions
    for each row execute function raw.version_prediction();

create table raw.offline_conversions (
    account_id text not null default '*',
    order_id text not null check (order_id <> ''),
    refund_key text not null default '',
    version integer not null,
    platform text not null default 'meta',
    occurred_at timestamptz not null,
    value numeric not null check (value > -1e15 and value < 1e15),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    channel text,
    is_reported_to_platform boolean,
    campaign_id text,
    ad_id text,
    click_id text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_content text,
    lead_time_hours numeric check (lead_time_hours >= 0 and lead_time_hours < 1e6),
    metadata jsonb not null default '{}',
    source text not null default 'sql',
    source_line bigint,
    received_at timestamptz not null default clock_timestamp(),
    content_hash bytea not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (account_id, order_id, refund_key, version)
);
create index offline_conversions_changed_idx on raw.offline_conversions (changed_xid);
comment on table raw.offline_conversions is
    'Orders that were made outside the ad platform''s sight, and refunds. Grain: account, order or refund, version; the newest version counts, the older ones stay. The role adtrack_orders may insert here and nothing else.';
comment on column raw.offline_conversions.account_id is 'Ad account the order belongs to (without act_): order ids are unique within it. A star: not told; found by the campaign or ad.';
comment on column raw.offline_conversions.order_id is 'Id of the order in the shop; the same id again with other values is a correction: a new version.';
comment on column raw.offline_conversions.refund_key is 'Empty for an order. For a refund (value below 0) the moment of the refund, so that one order may have several; given by the database.';
comment on column raw.offline_conversions.version is 'Counts from 1; given by the database.';
comment on column raw.offline_conversions.platform is 'Ad platform it is credited to.';
comment on column raw.offline_conversions.occurred_at is 'When it was ordered, or refunded.';
comment on column raw.offline_conversions.value is 'Value in currency, major units; a refund is negative.';
comment on column raw.offline_conversions.currency is 'Currency of value (ISO 4217).';
comment on column raw.offline_conversions.channel is 'Where it was ordered: store, phone, lead, web, app, ...; null: not told.';
comment on column raw.offline_conversions.is_reported_to_platform is 'Whether the ad platform reports this very order already; null: not told.';
comment on column raw.offline_conversions.campaign_id is 'Campaign that led to it, if known.';
comment on column raw.offline_conversions.ad_id is 'Ad that led to it, if known.';
comment on column raw.offline_conversions.click_id is 'Click id of the ad platform (fbclid), if known.';
comment on column raw.offline_conversions.utm_source is 'utm_source of the visit, if known.';
comment on column raw.offline_conversions.utm_medium is 'utm_medium of the visit, if known.';
comment on column raw.offline_conversions.utm_campaign is 'utm_campaign of the visit, if known: id or name of a campaign.';
comment on column raw.offline_conversions.utm_content is 'utm_content of the visit, if known: id or name of an ad.';
comment on column raw.offline_conversions.lead_time_hours is 'Hours from the ad''s click to the order; null: not known.';
comment on column raw.offline_conversions.metadata is 'Anything else about the order; not read by adtrack.';
comment on column raw.offline_conversions.source is 'sql, or the file it came in.';
comment on column raw.offline_conversions.source_line is 'Line or row number in the file; null for SQL.';
comment on column raw.offline_conversions.received_at is 'When this version arrived.';
comment on column raw.offline_conversions.content_hash is 'Hash of what was told; two versions in a row never share it.';
comment on column raw.offline_conversions.changed_xid is 'Transaction that wrote the row: what incremental readers go by.';

create function raw.version_order() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    newest record;
begin
    perform pg_advisory_xact_lock(1094997073);
    new.refund_key := case when new.value < 0 then extract(epoch from new.occurred_at)::text else '' end;
    new.content_hash := sha256(convert_to(row(
        new.platform, extract(epoch from new.occurred_at), trim_scale(new.value), new.currency, new.channel,
        new.is_reported_to_platform, new.campaign_id, new.ad_id, new.click_id, new.utm_source, new.utm_medium,
        new.utm_campaign, new.utm_content, trim_scale(new.lead_time_hours), new.metadata
    )::text, 'UTF8'));
    select version, content_hash into newest
    from raw.offline_conversions
    where (account_id, order_id, refund_key) = (new.account_id, new.order_id, new.refund_key)
    order by version desc limit 1;
    if newest.content_hash = new.content_hash then
        return null;
    end if;
    new.version := coalesce(newest.version, 0) + 1;
    new.received_at := clock_timestamp();
    new.changed_xid := pg_current_xact_id();
    return new;
end
$$;
comment on function raw.version_order is 'Trigger: tells orders from refunds and gives the next version; what is there exactly so already is left out.';
create trigger offline_conversions_version before insert on raw.offline_conversions
    for each row execute function raw.version_order();

revoke execute on function raw.version_prediction() from public;
revoke execute on function raw.version_order() from public;

alter table raw.rejected_rows add column file_name text, add column line_number bigint;
comment on column raw.rejected_rows.file_name is 'The file the row came in; null for an answer of the platform.';
comment on column raw.rejected_rows.line_number is 'Its line (row, in a Parquet file) there, the header being line 1; null for an answer of the platform.';

create table ops.intake_files (
    file_id bigint generated always as identity primary key,
    target text not null check (target in ('predictions', 'offline_conversions', 'fx_rates')),
    file_name text not null,
    content_sha256 bytea not null,
    size_bytes bigint not null,
    outcome text not null check (outcome in ('loaded', 'partial', 'refused')),
    rows_read bigint not null default 0,
    rows_loaded bigint not null default 0,
    rows_unchanged bigint not null default 0,
    rows_rejected bigint not null default 0,
    warnings text[] not null default '{}',
    error text,
    run_id text,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    unique (target, content_sha256)
);
comment on table ops.intake_files is
    'Files that were handed in, by content: the same content a second time is known and changes nothing. Grain: target, content.';
comment on column ops.intake_files.file_id is 'Running number.';
comment on column ops.intake_files.target is 'Which table it was for.';
comment on column ops.intake_files.file_name is 'Its name and folder when it was last handed in, without any credentials.';
comment on column ops.intake_files.content_sha256 is 'SHA-256 of its bytes.';
comment on column ops.intake_files.size_bytes is 'Its size.';
comment on column ops.intake_files.outcome is 'loaded: all rows; partial: bad rows went to raw.rejected_rows; refused: not readable at all.';
comment on column ops.intake_files.rows_read is 'Rows in it.';
comment on column ops.intake_files.rows_loaded is 'Rows that were new, or new versions.';
comment on column ops.intake_files.rows_unchanged is 'Rows that were known exactly so.';
comment on column ops.intake_files.rows_rejected is 'Rows in raw.rejected_rows.';
comment on column ops.intake_files.warnings is 'What looks wrong without being so for certain: fractions instead of percent, unknown objects.';
comment on column ops.intake_files.error is 'Why it was refused.';
comment on column ops.intake_files.run_id is 'Dagster''s run that loaded it; null for the command line.';
comment on column ops.intake_files.started_at is 'When reading began.';
comment on column ops.intake_files.finished_at is 'When it ended.';

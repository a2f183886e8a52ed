-- Schemas (one per room of the flow) and the pipeline's own memory. Grain and unit are in the comments.

create schema if not exists raw;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
create schema if not exists ops;
create schema if not exists dagster;
comment on schema raw is 'As fetched: one typed table per report and object kind, plus the pages as they came.';
comment on schema staging is 'dbt internals: renamed and cast, one view per raw table.';
comment on schema intermediate is 'dbt internals: joins and rules shared by several marts.';
comment on schema marts is 'What BI reads: contracts enforced, every column described.';
comment on schema ops is 'The pipeline''s own memory: syncs, coverage, tokens, watermarks.';
comment on schema dagster is 'Dagster''s own storage. Nothing of ours is kept here.';

create table ops.sync_runs (
    sync_id bigint generated always as identity primary key,
    run_id text not null,
    platform text not null,
    account_id text not null,
    report text not null,
    window_since date,
    window_until date,
    started_at timestamptz not null,
    finished_at timestamptz,
    outcome text not null default 'running'
        check (outcome in ('running', 'ok', 'partial', 'deferred', 'failed')),
    api_calls integer not null default 0,
    retries integer not null default 0,
    rate_limit_hits integer not null default 0,
    bytes bigint not null default 0,
    rows_fetched bigint not null default 0,
    rows_changed bigint not null default 0,
    rows_withdrawn bigint not null default 0,
    rows_rejected bigint not null default 0,
    duration_seconds double precision,
    quota_used_pct double precision,
    spend numeric,
    conversions numeric,
    revenue numeric,
    error text
);
create index sync_runs_account_idx on ops.sync_runs (platform, account_id, report, started_at desc);
comment on table ops.sync_runs is
    'One row per run, account and report: what it asked for, what it cost, what came back. Money is in the account''s currency, major units.';

create table ops.insight_coverage (
    platform text not null,
    account_id text not null,
    report text not null,
    date_day date not null,
    fetched_at timestamptz not null,
    row_count bigint not null,
    run_id text not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (platform, account_id, report, date_day)
);
create index insight_coverage_changed_idx on ops.insight_coverage (changed_xid);
comment on table ops.insight_coverage is
    'The newest complete answer per account, report and account-local day. A day without rows but with coverage was quiet; without coverage it was never read.';

create table ops.report_jobs (
    job_key text primary key,
    platform text not null,
    account_id text not null,
    report_run_id text not null,
    submitted_at timestamptz not null
);
comment on table ops.report_jobs is
    'Async report runs that were submitted and not yet read: after a crash the next run reads them instead of paying again.';

create table ops.sync_state (
    platform text not null,
    account_id text not null,
    name text not null,
    value jsonb not null,
    updated_at timestamptz not null default now(),
    primary key (platform, account_id, name)
);
comment on table ops.sync_state is
    'Small facts remembered per account: where the incremental read of each entity stands, the page size that worked, the last full refresh.';

create table ops.load_tokens (
    run_id text primary key,
    taken_at timestamptz not null default now(),
    revoked_at timestamptz,
    reason text
);
comment on table ops.load_tokens is
    'The right of a run to write to raw. A revoked token refuses every later commit of that run, even from a process that outlived it.';

create table ops.model_watermarks (
    model text primary key,
    seen_xid xid8 not null,
    pending_xid xid8,
    context jsonb not null default '{}',
    pending_context jsonb,
    refreshed_at timestamptz not null default now()
);
comment on table ops.model_watermarks is
    'Per dbt model, the oldest transaction that was still open when it last read raw: rows written by that one or a later one are read again.';
comment on column ops.model_watermarks.context is
    'What else the model''s rows depend on, as it was when they were computed: database cluster, rules, and per account its name, currency, time zone and first day that is not final. A difference makes the model recompute what depends on it.';

create table ops.model_changes (
    model text not null,
    platform text not null,
    account_id text not null,
    date_day date not null,
    changed_xid xid8 not null default pg_current_xact_id(),
    primary key (model, platform, account_id, date_day)
);
create index model_changes_xid_idx on ops.model_changes (model, changed_xid);
comment on table ops.model_changes is
    'Per dbt model, account and day the last transaction that changed the model''s rows: what the models after it read instead of everything.';

create function ops.known_time_zone(name text) returns text
language plpgsql stable as $$
begin
    perform now() at time zone name;
    return coalesce(name, 'UTC');
exception when invalid_parameter_value then
    return 'UTC';
end
$$;
comment on function ops.known_time_zone is
    'The time zone name if this server knows it, else UTC: one account with an odd zone must not stop every table.';

create function ops.mark_changed() returns trigger
language plpgsql as $$
begin
    new.changed_xid := pg_current_xact_id();
    return new;
end
$$;
comment on function ops.mark_changed is 'Trigger: the row was changed by this transaction. What incremental models read.';
create trigger insight_coverage_changed before insert or update on ops.insight_coverage
    for each row execute function ops.mark_changed();

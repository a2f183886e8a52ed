-- What people and BI tools may see of the pipeline's memory. The owner of a view reads for it: adtrack_reader
-- needs no right to the tables below.

create view ops.account_freshness as
select
    platform,
    account_id,
    name as account_name,
    timezone_name,
    report,
    last_sync.started_at as last_started_at,
    last_sync.outcome as last_outcome,
    last_sync.error as last_error,
    last_ok.finished_at as last_ok_at,
    extract(epoch from now() - last_ok.finished_at)::double precision / 3600 as age_hours,
    last_ok.window_since,
    last_ok.window_until,
    last_ok.rows_fetched,
    last_ok.rows_changed,
    last_ok.rows_rejected,
    last_ok.api_calls,
    failures.failed_since_ok
from (select distinct platform, account_id, report from ops.sync_runs) as reports
left join raw.accounts using (platform, account_id)
cross join lateral (
    select started_at, outcome, error from ops.sync_runs as run
    where (run.platform, run.account_id, run.report) = (reports.platform, reports.account_id, reports.report)
    order by started_at desc, sync_id desc limit 1
) as last_sync
left join lateral (
    select finished_at, window_since, window_until, rows_fetched, rows_changed, rows_rejected, api_calls
    from ops.sync_runs as run
    where (run.platform, run.account_id, run.report) = (reports.platform, reports.account_id, reports.report)
        and outcome = 'ok'
    order by started_at desc, sync_id desc limit 1
) as last_ok on true
cross join lateral (
    select count(*) as failed_since_ok from ops.sync_runs as run
    where (run.platform, run.account_id, run.report) = (reports.platform, reports.account_id, reports.report)
        and outcome in ('partial', 'failed')
        and (last_ok.finished_at is null or started_at > last_ok.finished_at)
) as failures;
comment on view ops.account_freshness is
    'Per account and report: how the last sync ended, when the last complete one was and what it brought. Grain: platform, account_id, report.';
comment on column ops.account_freshness.age_hours is 'Hours of real time since the last complete sync; null if there was none.';
comment on column ops.account_freshness.failed_since_ok is 'Syncs that failed or stayed partial since the last complete one.';

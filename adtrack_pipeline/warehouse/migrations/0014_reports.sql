-- The daily report: what people were sent about an account's day, as the page itself and as numbers.

create table ops.reports (
    report_id bigint generated always as identity primary key,
    platform text not null check (platform <> ''),
    account_id text not null check (account_id <> ''),
    report_date date not null,
    version integer not null check (version > 0),
    built_at timestamptz not null,
    is_complete boolean not null,
    missing text,
    currency text,
    html text not null,
    data jsonb not null,
    fingerprint text not null,
    unique (platform, account_id, report_date, version)
);
create index reports_built_idx on ops.reports (built_at);
create index reports_date_idx on ops.reports (report_date);
comment on table ops.reports is
    'Daily reports, one row per version. Grain: platform, account_id (* for all accounts), report_date, version; the highest version counts.';
comment on column ops.reports.report_id is 'Running number; reportId in the event account.daily_report.';
comment on column ops.reports.platform is 'Ad platform; * for the report over all accounts.';
comment on column ops.reports.account_id is 'Ad account id without act_; * for the report over all accounts.';
comment on column ops.reports.report_date is 'The day it is about, in the account''s time zone.';
comment on column ops.reports.version is 'Counts from 1. Building it again from the same inputs makes no new version; only the first one is sent.';
comment on column ops.reports.built_at is 'When it was built. What is restated later is in the next report.';
comment on column ops.reports.is_complete is 'The day had been read completely, after it was over.';
comment on column ops.reports.missing is 'What was missing, in sentences; null: nothing.';
comment on column ops.reports.currency is 'Currency of the amounts (ISO 4217): the account''s, or the reporting currency over all accounts.';
comment on column ops.reports.html is 'The page: self-contained, without scripts and without anything from outside.';
comment on column ops.reports.data is 'The dashboard numbers as JSON: total_spend, total_revenue, overall_roas, total_conversions, avg_cpa, ml_accuracy and what they are about.';
comment on column ops.reports.fingerprint is 'SHA-256 of everything the report tells: equal fingerprint, unchanged report.';

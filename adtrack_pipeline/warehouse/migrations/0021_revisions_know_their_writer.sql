-- Revisions are followed by what changed, as all other rows of raw are: what conversions came in need not be worked out
-- from all of a month's beliefs every hour.

alter table raw.insight_revisions add column changed_xid xid8 not null default pg_current_xact_id();
create index insight_revisions_changed_idx on raw.insight_revisions (changed_xid);
comment on column raw.insight_revisions.changed_xid is
    'Transaction that wrote the row: what incremental readers go by.';

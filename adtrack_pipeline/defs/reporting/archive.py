"""Reading kept reports for people who browse them: one page by its number, and the list of the last months."""

from typing import Any

import psycopg
from psycopg.rows import class_row

from adtrack_pipeline.defs.reporting.keeping import ALL
from adtrack_pipeline.reporting import Entry

DAYS = 92

_PAGE = "select html from ops.reports where report_id = %s"
_ENTRIES = """
    with recent as (
        select distinct on (report_date, platform, account_id)
            report_id, report_date, account_id, version, is_complete,
            data ->> 'account_name' as name, coalesce((data ->> 'is_sandbox')::boolean, false) as is_sandbox
        from ops.reports
        where report_date > (select max(report_date) from ops.reports) - %(days)s
        order by report_date, platform, account_id, version desc
    )
    select report_id, report_date, coalesce(name, account_id) as name, version, is_complete, is_sandbox
    from recent order by report_date desc, account_id <> %(all)s, name, account_id
"""


def page_by_id(conn: psycopg.Connection[Any], report_id: int) -> str | None:
    """The page of a report as it was built; None when there is none of that number (any more)."""
    row = conn.execute(_PAGE, [report_id]).fetchone()
    return str(row[0]) if row else None


def entries(conn: psycopg.Connection[Any], days: int = DAYS) -> list[Entry]:
    """The newest version of every report of the last days, newest day first, the one over all accounts first."""
    with conn.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(_ENTRIES, {"days": days, "all": ALL}).fetchall()

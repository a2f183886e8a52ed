"""Pieces of SQL that differ from one insight table to the next, for the templates of `publish.py`.

Belongs here: lists of columns and comparisons of keys. Does not belong here: whole statements.
Aliases: `t` the table in raw, `s` staging, `n` newest (or those of its keys that changed or are gone).
"""

from functools import cache

from psycopg import sql

from adtrack_pipeline.warehouse.load.quarantine import not_protected
from adtrack_pipeline.warehouse.load.tables import REVISED, InsightTable

IN_WINDOW = (
    "t.platform = %(platform)s and t.account_id = %(account_id)s and t.date_day between %(since)s and %(until)s"
)
_BELIEF = ("platform", "account_id", "report", "ad_id", "date_day", "hour", "observed_at", "superseded_at")
_ENDING = ("was_withdrawn", "is_withdrawal", "content_hash")


@cache
def statement(table: InsightTable, template: str) -> sql.Composed:
    """A template of `publish.py` with this table's pieces filled in."""
    return sql.SQL(template).format(**_pieces(table))


def _pieces(table: InsightTable) -> dict[str, sql.Composable]:
    plain = {
        "key": ", ".join(table.key),
        "columns": ", ".join(table.columns),
        "sorted_key": _sorted_key(table),
        "sorted_key_of_t": _sorted_key(table, "t."),
        "n_key": ", ".join(f"n.{name}" for name in table.key),
        "same_key": " and ".join(f"t.{name} = n.{name}" for name in table.key),
        "t_key": ", ".join(f"t.{name}" for name in table.key),
        "in_window": IN_WINDOW,
        "staged_columns": ", ".join(f"s.{name}" for name in table.columns),
        "assignments": ", ".join(f"{name} = excluded.{name}" for name in table.values),
        "t_revised": _revised(table, "t."),
        "s_revised": _revised(table, "s."),
        "revision_columns": ", ".join((*_BELIEF, *REVISED, *_ENDING)),
        "revision": _revision(table, is_withdrawal=False),
        "revision_of_withdrawn": _revision(table, is_withdrawal=True),
    }
    pieces: dict[str, sql.Composable] = {name: sql.SQL(text) for name, text in plain.items()}
    return pieces | {
        "target": table.target,
        "staging": table.staging,
        "newest": table.newest,
        "not_protected": not_protected("ad_id" in table.key),
    }


def _sorted_key(table: InsightTable, alias: str = "") -> str:
    """The key in the one order every load writes in; bytes order, as locale rules only cost time here."""
    return ", ".join(f'{alias}{name} collate "C"' if name == "ad_id" else alias + name for name in table.key)


def _revised(table: InsightTable, alias: str) -> str:
    """The values that revisions keep."""
    return ", ".join(alias + name for name in REVISED if name in table.columns)


def _revision(table: InsightTable, *, is_withdrawal: bool) -> str:
    """The select list that turns a stored row `t` into the revision it becomes."""
    missing = {"reach": "null::bigint", "action_values": "null::jsonb"}
    return ", ".join(
        (
            "%(platform)s, %(account_id)s, %(report)s",
            "t.ad_id" if "ad_id" in table.key else "''",
            "t.date_day",
            "t.hour" if "hour" in table.key else "-1",
            "t.fetched_at, %(fetched_at)s",
            *(f"t.{name}" if name in table.columns else missing[name] for name in REVISED),
            "false, true" if is_withdrawal else "t.withdrawn_at is not null, false",
            "t.content_hash",
        )
    )

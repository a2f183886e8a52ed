# ruff: noqa: S608 - statements are put together from constants only
"""Pieces of SQL that differ from one insight table to the next, for the templates of `publish.py`.

Belongs here: lists of columns and comparisons of keys. Does not belong here: whole statements.
Aliases: `t` the table in raw, `s` staging, `n` newest, `c` changed rows, `g` rows that are gone.
"""

from collections.abc import Iterable
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
        "c_sorted_key": _sorted_key(table, "c."),
        "g_sorted_key": _sorted_key(table, "g."),
        "n_key": ", ".join(f"n.{name}" for name in table.key),
        "same_key": " and ".join(f"t.{name} = n.{name}" for name in table.key),
        "same_key_as_gone": " and ".join(f"t.{name} = g.{name}" for name in table.key),
        "in_window": IN_WINDOW,
        "old_values": ", ".join(f"t.{name} as old_{name}" for name in _old_columns(table)),
        "staged_columns": ", ".join(_as_target(table, name) for name in table.columns),
        "assignments": ", ".join(f"{name} = excluded.{name}" for name in table.values),
        "text": "concat(s.actions, s.action_values)" if table.has_revenue else "s.actions::text",
        "revision_columns": ", ".join((*_BELIEF, *REVISED, *_ENDING)),
        "revision_of_changed": _revision(table, "c.", "c.old_", is_withdrawal=False),
        "revision_of_gone": _revision(table, "g.", "g.", is_withdrawal=True),
    }
    pieces: dict[str, sql.Composable] = {name: sql.SQL(text) for name, text in plain.items()}
    return pieces | {
        "target": table.target,
        "staging": table.staging,
        "newest": table.newest,
        "not_protected": not_protected("ad_id" in table.key),
        "elements": _elements(table),
    }


def _sorted_key(table: InsightTable, alias: str = "") -> str:
    """The key in the one order every load writes in; bytes order, as locale rules only cost time here."""
    return ", ".join(f'{alias}{name} collate "C"' if name == "ad_id" else alias + name for name in table.key)


def _old_columns(table: InsightTable) -> Iterable[str]:
    return (*_revised(table), "fetched_at", "withdrawn_at", "content_hash")


def _revised(table: InsightTable) -> list[str]:
    return [name for name in REVISED if name in table.columns]


def _as_target(table: InsightTable, name: str) -> str:
    return f"s.{name}::jsonb" if table.is_json(name) else f"s.{name}"


def _revision(table: InsightTable, key: str, old: str, *, is_withdrawal: bool) -> str:
    """The select list that turns a stored row into the revision it becomes."""
    missing = {"reach": "null::bigint", "action_values": "null::jsonb"}
    present = _revised(table)
    return ", ".join(
        (
            "%(platform)s, %(account_id)s, %(report)s",
            f"{key}ad_id" if "ad_id" in table.key else "''",
            f"{key}date_day",
            f"{key}hour" if "hour" in table.key else "-1",
            f"{old}fetched_at, %(fetched_at)s",
            *(old + name if name in present else missing[name] for name in REVISED),
            "false, true" if is_withdrawal else f"{old}withdrawn_at is not null, false",
            f"{old}content_hash",
        )
    )


def _elements(table: InsightTable) -> sql.SQL:
    """The actions and action values of a staged row as (action_type, is_value, number)."""
    lists = [("actions", "false"), ("action_values", "true")] if table.has_revenue else [("actions", "false")]
    return sql.SQL(
        " union all ".join(
            f"select a ->> 'action_type' as action_type, {is_value} as is_value,"
            f" (a ->> 'value')::numeric as number from json_array_elements(s.{name}) a"
            for name, is_value in lists
        )
    )

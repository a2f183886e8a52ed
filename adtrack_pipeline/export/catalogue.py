"""The catalogue of tables, from dbt's manifest: each mart, its grain, its columns with type and unit. Pure.

Does not belong here: where the manifest lies and how it is made (defs/transform/project.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adtrack_pipeline.export.tables import Column, Table

SCHEMA = "marts"
INTRODUCTION = """# Table catalogue

Generated from the dbt project by `adtrack catalogue --out docs/catalogue.md`; a test holds it against the project.
Everything here can be read by the role `adtrack_reader` (`adtrack sql --url --role reader`) and exported with
`adtrack export TABLE`.

* *money, `currency`* is an amount in major units of the row's column `currency`: group by it, never add across it.
* *percent* counts 1.5 % as 1.5; *ratio* counts it as 0.015. Ratios and percentages are null without a denominator:
  recompute them from sums (`sum(revenue) / nullif(sum(spend), 0)`), never average them.
* `reach` and `frequency` count people: never add or average them.
* *day* is the calendar day of the ad account's own time zone. Days that are not `is_final` are still restated:
  compare their `*_nowcast` columns with final days, not the plain ones.
"""


@dataclass(frozen=True)
class Entry:
    """A mart and how fresh it is."""

    table: Table
    refreshed: str


def marts(manifest: Mapping[str, Any]) -> list[Entry]:
    """Every mart of a dbt manifest, by name."""
    tests = [one for one in manifest["nodes"].values() if one["resource_type"] == "test"]
    models = [
        one
        for one in manifest["nodes"].values()
        if one["resource_type"] == "model" and one["schema"] == SCHEMA and one["config"]["enabled"]
    ]
    return [_entry(one, tests) for one in sorted(models, key=lambda one: one["name"])]


def catalogue(manifest: Mapping[str, Any]) -> str:
    """The whole catalogue as Markdown."""
    entries = marts(manifest)
    lines = [INTRODUCTION, "| table | one row per | refreshed |", "|---|---|---|"]
    lines += [
        f"| [{one.table.label}](#{_anchor(one.table.label)}) | {_cell(one.table.grain)} | {one.refreshed} |"
        for one in entries
    ]
    return "\n".join(lines) + "\n\n" + "\n".join(_section(one) for one in entries)


def _section(entry: Entry) -> str:
    table = entry.table
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [
        f"## {table.label}",
        "",
        f"**One row per** {table.grain}."
        + (f" **Key:** {key}." if key else "")
        + f" Refreshed {entry.refreshed}.",
        "",
        *([table.text, ""] if table.text else []),
        "| column | type | unit | description |",
        "|---|---|---|---|",
        *(
            f"| `{one.name}` | {one.data_type} | {_cell(one.unit)} | {_cell(one.description)} |"
            for one in table.columns
        ),
    ]
    return "\n".join(lines) + "\n"


def _entry(model: Mapping[str, Any], tests: list[Any]) -> Entry:
    columns = tuple(
        Column(one["name"], one["data_type"] or "", one["description"]) for one in model["columns"].values()
    )
    table = Table(SCHEMA, model["name"], model["description"], columns, _key(model, tests))
    if model["config"]["materialized"] == "view":
        return Entry(table, "at once (a view)")
    return Entry(table, "once a day" if "daily" in model["tags"] else "every hour")


def _key(model: Mapping[str, Any], tests: list[Any]) -> tuple[str, ...]:
    """The primary key, or what the grain test says where the database enforces none."""
    for one in model["constraints"]:
        if one["type"] == "primary_key":
            return tuple(one["columns"])
    for one in tests:
        held = one.get("test_metadata") or {}
        if held.get("name") == "grain" and one.get("attached_node") == model["unique_id"]:
            return tuple(held["kwargs"]["columns"])
    return ()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _anchor(title: str) -> str:
    return title.lower().replace(".", "")

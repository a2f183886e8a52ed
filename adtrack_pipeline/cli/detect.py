"""`adtrack detect`: what detection would have said about any exported hours. Thin: reads, calls, prints."""

import json as jsonlib
import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from adtrack_pipeline.cli.errors import Exit, leave, stderr, stdout

if TYPE_CHECKING:  # pandas costs half a second: only for who detects
    import pandas as pd

MOST_LINES = 50
COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow"}


class Method(StrEnum):
    """How incidents are found."""

    EVIDENCE = "evidence"
    ZSCORE = "zscore"


def detect(
    call: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, one row per ad and UTC hour.", show_default=False)],
    plan: Annotated[
        Path | None,
        typer.Option(
            help="ad_id, ts_from, ts_to, effective_status, daily_budget: what was planned is no incident."
            " With account_id where ads of several accounts share ids."
        ),
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(help="object_id, ts, what: changes to be named as possible causes.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write all findings to this CSV file.")] = None,
    method: Annotated[Method, typer.Option(help="zscore: the classic rule, to compare with.")] = Method.EVIDENCE,
    threshold_std: Annotated[
        float,
        typer.Option(
            min=0.5,
            help="Standard deviations from which --recorded records; above 5 fewer messages are sent, too.",
        ),
    ] = 2.0,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Also incidents of single ads that nobody would be told.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Find incidents in exported hours, for backtests: what, when, how much money, and how many messages.

    Columns: account_id, campaign_id, ad_id, ts, impressions, clicks, spend; if known conversions, revenue, reach,
    frequency, adset_id. An hour without a row had no delivery. Each account ends with its newest hour, which is
    taken as unfinished.

    [bold]adtrack detect hours.csv[/bold]

    [bold]adtrack detect hours.csv --plan plan.csv --changes log.csv --out findings.csv[/bold]

    [bold]adtrack detect hours.csv --method zscore[/bold]   what the classic rule would have sent

    Exit codes: 0 done, whatever was found; 2 a mistake in a file.
    """
    from adtrack_pipeline.cli import detect_files as files  # noqa: PLC0415
    from adtrack_pipeline.monitoring import PanelError, detect_anomalies, messages_per_1000_ad_days  # noqa: PLC0415

    if not math.isfinite(threshold_std):
        leave(Exit.MISTAKE, f"--threshold-std is {threshold_std}; it must be a number from 0.5 on.")
    try:
        panel = files.read_table(file, files.HOURS)
        found = detect_anomalies(
            panel,
            threshold_std=threshold_std,
            plan=files.read_table(plan, files.PLAN, may_be_empty=True) if plan else None,
            changes=files.read_table(changes, files.CHANGES, may_be_empty=True) if changes else None,
            method=method.value,
            include_recorded=recorded,
        )
        if out:
            files.write_findings(found, out)
    except (files.FileError, PanelError) as error:
        leave(Exit.MISTAKE, escape(str(error)))
    if method is Method.EVIDENCE and not recorded and _named(call, "threshold_std"):
        _say_what_it_changes(threshold_std)
    _report(incidents_of(found), messages_per_1000_ad_days(panel, found), json=json)
    if out and not json:
        print(f"{len(found):,} rows written to {out}.")


def _named(call: typer.Context, option: str) -> bool:
    """Whether somebody wrote the option."""
    source = call.get_parameter_source(option)
    return source is not None and source.name != "DEFAULT"


def _say_what_it_changes(threshold_std: float) -> None:
    from adtrack_pipeline.monitoring.strange.rules import PAGE  # noqa: PLC0415

    if threshold_std <= PAGE:
        stderr.print(
            f"--threshold-std {threshold_std:g} changes nothing without --recorded:"
            f" messages have bars of their own, which only more than {PAGE:g} raises.",
            highlight=False,
        )


def incidents_of(found: "pd.DataFrame") -> list[dict[str, Any]]:
    """One record per incident, the dearest first."""
    records = [_record(rows) for _, rows in found.groupby("incident_id", sort=False)]
    return sorted(records, key=lambda one: (not one["paged"], -(one["money_at_stake"] or 0.0), one["start_ts"]))


def _record(rows: "pd.DataFrame") -> dict[str, Any]:
    first, alone = rows.iloc[0], len(rows) == 1
    money = float(rows["money_at_stake"].sum(min_count=1))
    return {
        "incident_id": first["incident_id"],
        "alert_type": first["alert_type"],
        "metric": first["metric"],
        "severity": first["severity"],
        "paged": bool(first["paged"]),
        "level": first["level"],
        "object_id": first[f"{first['level']}_id"],
        "account_id": first["account_id"],
        "ads": sorted(rows["ad_id"]),
        "start_ts": first["start_ts"].isoformat(),
        "end_ts": first["end_ts"].isoformat(),
        "score": float(first["score"]),
        "observed": _number(first["observed"]) if alone else None,
        "expected": _number(first["expected"]) if alone else None,
        "money_at_stake": _number(money),
        "changed_before": list(first["evidence"].get("changed_before", [])),
    }


def _number(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None


def _report(incidents: list[dict[str, Any]], rate: float, *, json: bool) -> None:
    messages = sum(one["paged"] for one in incidents)
    if json:
        found = {"messages": messages, "per_1000_ad_days": _number(rate), "incidents": incidents}
        print(jsonlib.dumps(found, indent=2, ensure_ascii=False))
        return
    if incidents:
        stdout().print(_table(incidents[:MOST_LINES]))
    if len(incidents) > MOST_LINES:
        print(f"... and {len(incidents) - MOST_LINES:,} more; --out writes all of them.")
    said = f"{rate:.2f} per 1,000 ad-days" if math.isfinite(rate) else "no ad delivered"
    print(f"{messages:,} messages = {said}")


def _table(incidents: list[dict[str, Any]]) -> Table:
    table = Table(title="Incidents, the dearest first", title_justify="left")
    for name in ("from (UTC)", "to", "what", "where"):
        table.add_column(name)
    for name in ("ads", "observed", "expected", "score", "money"):
        table.add_column(name, justify="right")
    table.add_column("severity")
    for one in incidents:
        colour = COLOURS.get(one["severity"], "dim")
        table.add_row(
            *(one[name][:16].replace("T", " ") for name in ("start_ts", "end_ts")),
            one["alert_type"] if one["metric"] in one["alert_type"] else f"{one['alert_type']} ({one['metric']})",
            f"{one['level']} {escape(_printable(one['object_id']))}",
            f"{len(one['ads']):,}",
            *("-" if one[name] is None else f"{one[name]:,.2f}" for name in ("observed", "expected", "score")),
            "-" if one["money_at_stake"] is None else f"{one['money_at_stake']:,.2f}",
            f"[{colour}]{one['severity']}[/{colour}]" if one["paged"] else "[dim]recorded[/dim]",
        )
    return table


def _printable(text: str) -> str:
    """Ids come from a file: nothing in them may steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)

"""Progress bars on stderr and the summary table at the end."""

import time
from types import TracebackType

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from adtrack_pipeline.cli.errors import stderr
from adtrack_pipeline.ingestion import AccountOutcome, SyncSummary

MARKS = {
    "ok": "[green]ok[/green]",
    "partial": "[yellow]partial[/yellow]",
    "deferred": "[yellow]deferred[/yellow]",
}


class DrawnProgress:
    """Draws one line per account while it is read; on a pipe, one plain line per finished report."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=18),
            TextColumn("{task.completed:>9,.0f} rows  {task.fields[state]}"),
            TimeElapsedColumn(),
            console=stderr,
            transient=True,
            disable=quiet or not stderr.is_terminal,
        )
        self._plain = not quiet and not stderr.is_terminal
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._rows: dict[tuple[str, str], int] = {}

    def __enter__(self) -> "DrawnProgress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._bars.stop()

    def stage(self, what: str) -> None:
        """Say which part of the cycle begins."""
        if self._plain:
            stderr.print(f"{time.strftime('%H:%M:%S')} {what}", highlight=False)
        else:
            self._bars.console.print(f"[dim]{what}[/dim]")

    def update(self, account: str, report: str, *, rows: int = 0, state: str = "reading") -> None:
        """See `ingestion.Progress`."""
        key = (account, report)
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task(f"{account[:32]:32} {report:22}", total=None, state=state)
        self._rows[key] = self._rows.get(key, 0) + rows
        self._bars.update(self._tasks[key], advance=rows, state=state)
        if state in {"ok", "partial", "deferred", "failed"}:
            self._bars.update(self._tasks[key], total=max(self._rows[key], 1), visible=False)
            if self._plain:
                stderr.print(f"{account}  {report}  {self._rows[key]:,} rows  {state}", highlight=False)


def summary_table(summary: SyncSummary) -> Table:
    """What was read and written, a line per account: the last thing a run prints."""
    table = Table(title="What was read", title_justify="left")
    for name in ("account", "outcome", "window"):
        table.add_column(name)
    for name in ("calls", "rows", "changed", "rejected", "spend", "conversions", "revenue", "seconds"):
        table.add_column(name, justify="right")
    for account_id in summary.accounts:
        table.add_row(*_line(summary, [one for one in summary.outcomes if one.account_id == account_id]))
    return table


def _line(summary: SyncSummary, outcomes: list[AccountOutcome]) -> list[str]:
    worst = max((one.outcome for one in outcomes), key=("ok", "partial", "deferred", "failed").index)
    daily = next((one for one in outcomes if one.report == "insights_daily"), outcomes[0])
    window = f"{daily.since} … {daily.until}" if daily.since else "-"
    return [
        daily.account_name or daily.account_id,
        MARKS.get(worst, f"[red]{worst}[/red]"),
        window,
        f"{summary.total('api_calls', outcomes):,}",
        f"{summary.total('rows_fetched', outcomes):,}",
        f"{summary.total('rows_changed', outcomes):,}",
        f"{summary.total('rows_rejected', outcomes):,}",
        f"{daily.spend:,.2f} {daily.currency or ''}",
        f"{daily.conversions:,.0f}",
        f"{daily.revenue:,.2f}",
        f"{max(one.seconds for one in outcomes):.1f}",
    ]

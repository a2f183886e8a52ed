"""One file of the bank's into `raw.fx_rates`, in one transaction with the note that it was taken."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from adtrack_pipeline import clock
from adtrack_pipeline.fx import storing
from adtrack_pipeline.fx.archive import table_rows
from adtrack_pipeline.fx.ecb import EuroRates, crossed, euro_rates, known_currencies
from adtrack_pipeline.intake import IntakeError, LoadReport, Target, register, staging
from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.files import HeldFile, held
from adtrack_pipeline.intake.report import Reasons
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load.errors import clear_errors

FX_RATES = Target("fx_rates", "exchange rates", "", (), lambda _: None, ())
KEPT_DAYS = 1130  # 37 months, as far back as the platform keeps its own figures
STALE_DAYS = 7  # the rate of a day holds for a week: see rate_holds_days() in dbt


@dataclass(frozen=True)
class RatesOptions:
    """What of a file is wanted.

    Attributes:
        bases: currencies that everything is to be converted into, besides the euro and those of the ad accounts.
        since: earlier days are left out.
        replace: also replace rates of other sources, such as those entered by hand.
        name: what the file is called in tables, when it is only a copy of it.
    """

    bases: tuple[str, ...]
    since: date
    replace: bool = False
    name: str | None = None


def wanted_rates(
    settings: Settings,
    *,
    bases: Sequence[str] = (),
    since: date | None = None,
    replace: bool = False,
    name: str | None = None,
) -> RatesOptions:
    """The options as configured: the reporting currency is always a base.

    Raises:
        IntakeError: a base is no currency.
    """
    wanted = [one.strip().upper() for one in bases]
    if wrong := next((one for one in wanted if one not in known_currencies()), None):
        raise IntakeError(f"--base {wrong} is no currency of ISO 4217; write one such as USD.")
    first = since or clock.now().date() - timedelta(days=KEPT_DAYS)
    return RatesOptions((settings.reporting_currency, *wanted), first, replace, name)


def load_rates(
    database: Database,
    where: str | Path,
    options: RatesOptions,
    *,
    run_id: str | None = None,
    dry_run: bool = False,
) -> LoadReport:
    """Load a file of the bank's; the same one a second time changes nothing.

    Args:
        database: the warehouse.
        where: a path or URL: the daily or the historical CSV, also in its ZIP archive.
        options: what of it is wanted.
        run_id: Dagster's run, for the records.
        dry_run: do everything and undo it.

    Returns:
        The report; `read` counts days, `loaded`, `versions` (replaced) and `unchanged` count rates.

    Raises:
        IntakeError: there is no such file.
        LoadError: the database refused; nothing was written.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    with held(where) as found, database.connect(autocommit=True, application_name="adtrack fx") as conn:
        file = replace(found, name=options.name or found.name)
        try:
            with clear_errors(f"loading {file.name}"), conn.transaction(force_rollback=dry_run):
                report = _load(conn, file, options, run_id)
                if report.outcome != "known":
                    register.record(conn, file, report, run_id=run_id, started_at=started_at, at=datetime.now(UTC))
        except RefusedError as error:
            report = LoadReport(FX_RATES.name, file.name, "refused", error=str(error))
            if not dry_run:
                register.record(conn, file, report, run_id=run_id, started_at=started_at, at=datetime.now(UTC))
    return replace(report, dry_run=dry_run, seconds=time.monotonic() - started)


def _load(conn: psycopg.Connection[Any], file: HeldFile, options: RatesOptions, run_id: str | None) -> LoadReport:
    is_known = register.is_known(conn, FX_RATES, file)
    today = clock.now().date()
    found = euro_rates(table_rows(file), file.name, today)
    file.check_still()
    bases = list(dict.fromkeys((*options.bases, *storing.account_currencies(conn))))
    days = {day: rates for day, rates in found.days.items() if day >= options.since}
    staged = storing.stage_rates(conn, ((day, crossed(rates, bases)) for day, rates in sorted(days.items())))
    stored = storing.store_rates(conn, replace=options.replace)
    _quarantine(conn, file, found, run_id)
    reasons = Reasons()
    for one in found.rejected:
        reasons.add(one.what, one.line)
    outcome = "partial" if found.rejected else "loaded"
    return LoadReport(
        FX_RATES.name,
        file.name,
        "known" if is_known and not stored.loaded else outcome,  # type: ignore[arg-type]  # both are outcomes
        read=found.read,
        loaded=stored.loaded,
        versions=stored.replaced,
        unchanged=staged - stored.loaded - stored.kept,
        rejected=len(found.rejected),
        reasons=reasons.worst(),
        warnings=tuple(_warnings(found, days, bases, stored, options)),
    )


def _quarantine(conn: psycopg.Connection[Any], file: HeldFile, found: EuroRates, run_id: str | None) -> None:
    if found.rejected:
        staging.prepare_rejected(conn)
        staging.stage_rejected(conn, found.rejected, file.name)
        staging.publish_rejected(conn, FX_RATES, file.name, run_id, datetime.now(UTC))


def _warnings(
    found: EuroRates,
    days: dict[date, Any],
    bases: Iterable[str],
    stored: storing.Stored,
    options: RatesOptions,
) -> Iterable[str]:
    """What a person should know, though nothing is wrong for certain."""
    if left_out := len(found.days) - len(days):
        yield f"{left_out:,} days before {options.since} were left out; --since takes them."
    if days and (newest := max(days)) < clock.now().date() - timedelta(days=STALE_DAYS):
        yield f"The newest rate is of {newest}; later than a week after it nothing is converted."
    published = {"EUR"}.union(*days.values())
    if days and (missing := [base for base in bases if base not in published]):
        yield f"There is no rate for {', '.join(missing)}: enter those into raw.fx_rates by hand."
    if stored.replaced:
        more = f" (and {stored.replaced - len(stored.corrections):,} more)" if stored.corrections else ""
        yield f"{stored.replaced:,} rates were corrected. {' '.join(stored.corrections)}{more}"
    if stored.kept:
        yield f"{stored.kept:,} rates of other sources differ and were kept; --replace replaces them."

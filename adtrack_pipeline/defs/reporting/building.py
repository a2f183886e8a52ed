"""Building reports: which are due, reading what they need, keeping them. No Dagster here: the CLI builds, too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

import psycopg

from adtrack_pipeline.defs.monitoring.policy_frames import read_policy_frames
from adtrack_pipeline.defs.reporting import queries
from adtrack_pipeline.defs.reporting.keeping import ALL, keep
from adtrack_pipeline.defs.reporting.predictions import Predictions
from adtrack_pipeline.defs.reporting.reading import read_account, read_model_alerts, read_thumbnails
from adtrack_pipeline.monitoring.policies import Policies, load_policies
from adtrack_pipeline.reporting import (
    AccountFrames,
    Pace,
    Report,
    Standing,
    account_report,
    due_accounts,
    due_overall,
    overall_report,
    render,
    wanted_thumbnails,
)
from adtrack_pipeline.reporting.pacing import AccountKey, paces_by_account
from adtrack_pipeline.settings import Settings

Connection = psycopg.Connection[Any]


@dataclass
class Built:
    """What was due: the reports, the one over all accounts last; and why an account has none, by its id."""

    reports: list[Report] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass
class Builder:
    """Builds reports at one moment.

    Attributes:
        conn: in autocommit mode.
        settings: of the installation.
        now: the pipeline's clock.
    """

    conn: Connection
    settings: Settings
    now: datetime
    _paces: Mapping[AccountKey | None, list[Pace]] | None = field(default=None, init=False)
    _predictions: Predictions | None = field(default=None, init=False)

    @property
    def is_sandbox(self) -> bool:
        """Simulated data."""
        return self.settings.effective_source == "sandbox"

    def standings(self) -> list[Standing]:
        """Every account that is still read."""
        wanted = {"now": self.now, "accounts": list(self.settings.meta_ad_account_id)}
        return [
            Standing(
                platform=platform,
                account_id=account_id,
                timezone=timezone,
                read_at={date.fromisoformat(day): datetime.fromisoformat(at) for day, at in read.items()},
                built={date.fromisoformat(day): is_whole for day, is_whole in built.items()},
            )
            for platform, account_id, timezone, read, built in self.conn.execute(queries.STANDINGS, wanted)
        ]

    def build_due(self) -> Built:
        """Build, keep and send what is due now. An account whose report fails does not stop the others."""
        done = Built()
        standings = self.standings()
        for one, day in due_accounts(standings, self.now, self.settings.report_hour):
            self._try(done, one.account_id, partial(self.of_account, one.platform, one.account_id, day))
        if done.reports:
            standings = self.standings()
        if (overall := self._due_overall(standings)) is not None:
            accounts = [(one.platform, one.account_id) for one in standings]
            self._try(done, ALL, partial(self.of_all, accounts, overall))
        return done

    def _try(self, done: Built, account_id: str, build: Callable[[], Report | None]) -> None:
        try:
            if report := build():
                done.reports.append(self._kept(report))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            done.failed[account_id] = f"{type(error).__name__}: {error}"

    def _due_overall(self, standings: Sequence[Standing]) -> date | None:
        built = dict(self.conn.execute(queries.BUILT_OVERALL, {"now": self.now}).fetchall())
        whole = {day: all(one.built.get(day, True) for one in standings) for day in built}
        return due_overall(standings, built, self.now, self.settings.report_hour, are_complete=whole)

    def of_account(self, platform: str, account_id: str, day: date) -> Report | None:
        """One account's report; None when nobody knows the account."""
        frames = self._read(platform, account_id, day)
        return account_report(frames, is_sandbox=self.is_sandbox) if frames else None

    def of_all(self, accounts: Sequence[tuple[str, str]], day: date) -> Report:
        """The report over all accounts."""
        frames = [found for key in accounts if (found := self._read(*key, day))]
        return overall_report(
            frames,
            day,
            self.settings.reporting_currency,
            self.now,
            paces=self._known_paces().get(None, []),
            accuracy=self._known_predictions().of_all(day),
            model_alerts=read_model_alerts(self.conn, max((one.as_of for one in frames), default=self.now)),
            is_sandbox=self.is_sandbox,
        )

    def page(self, report: Report) -> str:
        """A report as HTML, with the pictures it has room for."""
        return render(report, read_thumbnails(self.conn, wanted_thumbnails(report)))

    def _kept(self, report: Report) -> Report:
        settings = self.settings
        keep(self.conn, report, self.page(report), project_id=settings.project_id, built_at=self.now)
        return report

    def _read(self, platform: str, account_id: str, day: date) -> AccountFrames | None:
        return read_account(
            self.conn,
            platform,
            account_id,
            day,
            now=self.now,
            reporting_currency=self.settings.reporting_currency,
            paces=self._known_paces().get((platform, account_id), []),
            accuracy=self._known_predictions().of_account(platform, account_id, day),
        )

    def _known_predictions(self) -> Predictions:
        if self._predictions is None:
            self._predictions = Predictions(self.conn)
        return self._predictions

    def _known_paces(self) -> Mapping[AccountKey | None, list[Pace]]:
        """Read once, over all accounts: a budget may span several."""
        if self._paces is None:
            policies = load_policies(self.settings.policies_file)
            # Only what pacing needs: thresholds would have a month of ads read.
            asked = Policies(pacing=policies.pacing, tags=policies.tags)
            accounts = self.settings.meta_ad_account_id
            frames = read_policy_frames(self.conn, asked, now=self.now, accounts=accounts)
            self._paces = paces_by_account(frames, asked, self.now)
        return self._paces

"""Everything that is judged after the marts were built, as scans: detection per account, then the policies.

Belongs here: reading frames and calling the pure functions. Does not belong here: what becomes of conditions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pandas as pd

from adtrack_pipeline.defs.monitoring.panel_frames import AccountFrames, Connection, read_accounts
from adtrack_pipeline.defs.monitoring.platform_facts import platform_facts
from adtrack_pipeline.defs.monitoring.policy_frames import read_policy_frames
from adtrack_pipeline.defs.monitoring.side_by_side import worked_on
from adtrack_pipeline.monitoring import detect_anomalies
from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.monitoring.findings import Context, conditions_of
from adtrack_pipeline.monitoring.policies import Policies, fit_accounts, judge_policies, load_policies
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT, open_keys
from adtrack_pipeline.settings import Settings

SOURCE_DETECTION, SOURCE_POLICIES = "detection", "policies"
AT_ONCE = 2  # accounts judged beside each other; each holds its month of hours
STILL_ON = timedelta(days=4)  # an incident found before that has become the new usual


@dataclass
class Judged:
    """A scan and what it found; `failed` names accounts that could not be judged, with the reason."""

    scan: Scan
    conditions: list[Condition]
    failed: dict[str, str] = field(default_factory=dict)


def judge_all(conn: Connection, settings: Settings, now: datetime) -> Iterator[Judged]:
    """Both scans, one after the other: what is found first is written before the second begins.

    Raises:
        PoliciesError: the policies file has a mistake.
    """
    policies = load_policies(settings.policies_file)
    if policies.detection.enabled:
        yield detect(conn, policies, now)
    yield hold_against_policies(conn, settings, policies, now)


def detect(conn: Connection, policies: Policies, now: datetime) -> Judged:
    """Detection of every account that was read lately; one that cannot be judged does not stop the others."""
    accounts = list(worked_on(read_accounts(conn, now=now), partial(_judged, policies=policies), at_once=AT_ONCE))
    judged = frozenset(account_id for account_id, error, _ in accounts if not error)
    conditions = [one for _, _, found in accounts for one in found]
    failed = {account_id: error for account_id, error, _ in accounts if error}
    return Judged(Scan(SOURCE_DETECTION, judged, now), conditions, failed)


def _judged(frames: AccountFrames, policies: Policies) -> tuple[str, str, list[Condition]]:
    """The account, why it could not be judged (else empty), and what was found."""
    try:
        return frames.account_id, "", _of_account(frames, policies)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return frames.account_id, f"{type(error).__name__}: {error}", []


def _of_account(frames: AccountFrames, policies: Policies) -> list[Condition]:
    until = pd.Timestamp(frames.read_at).floor("h")
    found = detect_anomalies(
        frames.panel,
        method=policies.detection.method,
        threshold_std=policies.detection.threshold_std,
        page_std=policies.detection.page_std,
        plan=frames.plan,
        changes=frames.changes,
        arrival=frames.arrival,
        now=until,
        since=until - STILL_ON,
        include_recorded=True,
    )
    return conditions_of(found, Context(frames.platform, frames.names, frames.panel, until))


def hold_against_policies(conn: Connection, settings: Settings, policies: Policies, now: datetime) -> Judged:
    """Thresholds, budgets, pacing and data health."""
    facts = platform_facts(conn, settings, now=now)
    frames = read_policy_frames(conn, policies, now=now, accounts=settings.meta_ad_account_id, facts=facts)
    conditions = judge_policies(frames, policies, open_keys=open_keys(conn, SOURCE_POLICIES), now=now)
    fit = fit_accounts(frames, policies, now=now) | {PIPELINE_ACCOUNT}
    return Judged(Scan(SOURCE_POLICIES, fit, now), conditions)

"""`detect_anomalies`: incidents worth a person's time, from a panel of ads and hours.

Belongs here: the public entry point. Does not belong here: any of the steps (`found/evidence.py` puts them in
order).
"""

from typing import Any, Literal

import pandas as pd

from adtrack_pipeline.monitoring.classic import classic_findings
from adtrack_pipeline.monitoring.found.asked import Asked
from adtrack_pipeline.monitoring.found.evidence import find
from adtrack_pipeline.monitoring.found.telling import Story, as_frame, told
from adtrack_pipeline.monitoring.inputs.arrival import USUAL, Arrival
from adtrack_pipeline.monitoring.inputs.changes import Changes, read_changes
from adtrack_pipeline.monitoring.inputs.panel import HOURS, PORTION, Index, Panel, build_panel, portions
from adtrack_pipeline.monitoring.inputs.plan import Plan, build_plan
from adtrack_pipeline.monitoring.inputs.threads import side_by_side
from adtrack_pipeline.monitoring.strange.rules import PAGE
from adtrack_pipeline.monitoring.usual.accounts import read_accounts
from adtrack_pipeline.monitoring.usual.totals import PAID

Method = Literal["evidence", "zscore"]
MIN_THRESHOLD = 0.5


def detect_anomalies(
    panel: pd.DataFrame,
    *,
    threshold_std: float = 2.0,
    plan: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
    method: Method = "evidence",
    page_std: float = PAGE,
    include_recorded: bool = False,
    arrival: Arrival | None = USUAL,
    now: pd.Timestamp | None = None,
    since: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Find incidents.

    Args:
        panel: one row per ad and UTC hour: `account_id, campaign_id, ad_id` (text), `ts` (start of the hour),
            `impressions, clicks` (counts), `spend` (major units of the account's currency), and where known
            `conversions` (count), `revenue` (major units), `reach` (people), `frequency` (impressions per person),
            `adset_id` (text, for `changes`). An hour without a row had no delivery. A null campaign is one, "-".
        threshold_std: standard deviations from which an incident is recorded, which shows with `include_recorded`
            only; above `page_std` it raises that too.
        plan: `ad_id, ts_from, ts_to, effective_status, daily_budget`, and `account_id` where ids of ads may repeat
            between accounts: planned pauses and budgets are no incidents.
        changes: `object_id, ts, what`: what somebody changed on an account, campaign, ad set or ad, to be named as
            a possible cause.
        method: `evidence` judges counts against the ad's own past; `zscore` is the classic rule of earlier
            trackers (rolling z-score over 30 days, 2.0 warning, 3.0 critical), for comparison.
        page_std: standard deviations from which an incident is worth a message.
        include_recorded: also return incidents of single ads that are only recorded (`paged` false, severity low).
            Campaigns and accounts are told or nothing.
        arrival: how late conversions become known; None when they are counted in the hour of their arrival.
        now: up to the hour that contains it everything is known, so that hours without a row had no delivery, of
            a whole account, too; that hour and later ones are not judged. Default: each account's own newest row,
            which may be unfinished; what stopped with its whole account is then not told from what was not read.
        since: only this hour and later ones are judged; the hours before are history.

    Returns:
        One row per finding and ad, by time: `ad_id, metric, alert_type, start_ts` (hour in which it became
        certain), `end_ts` (last hour it was seen in), `severity` (low, medium, high, critical: money a day against
        what the account spends), `score` (standard deviations), `expected, observed` (in the metric's unit: ctr
        and cvr in percent points, money in major units), `money_at_stake` (until `end_ts`), `evidence` (dict); and
        `account_id, campaign_id, level` (ad, campaign, account: where one message explains it), `incident_id`
        (rows with the same id are one message), `paged`. What comes after an hour does not change what was found
        in it, but a recorded incident that comes to be worth a message counts from then on.

    Raises:
        PanelError: a column is missing or holds what it must not, or there is no row; one sentence.
        ValueError: an unknown method or a threshold under 0.5.
    """
    if method not in ("evidence", "zscore"):
        raise ValueError(f"method is {method!r}; it can be 'evidence' or 'zscore'.")
    if not threshold_std >= MIN_THRESHOLD:
        raise ValueError(f"threshold_std is {threshold_std}; below {MIN_THRESHOLD} everything would be recorded.")
    built = build_panel(panel, now=now)
    first = _hour(built, since)
    if method == "zscore":
        return as_frame(
            [
                row
                for part in map(built.take, portions(built))
                for row in classic_findings(part, slice(first, part.stop), threshold_std)
            ]
        )
    recorded = threshold_std if include_recorded else None
    asked = Asked(slice(first, built.stop), max(threshold_std, page_std) / PAGE, recorded)
    return as_frame(_by_evidence(built, build_plan(built, plan), read_changes(changes), arrival, asked))


def messages_per_1000_ad_days(panel: pd.DataFrame, found: pd.DataFrame) -> float:
    """Messages that the findings would have been, per 1,000 days on which an ad delivered; NaN without any."""
    delivered = panel.loc[(pd.to_numeric(panel["impressions"]) > 0).to_numpy(), ["account_id", "ad_id", "ts"]]
    days = pd.to_datetime(delivered["ts"], utc=True).dt.floor("D")
    ad_days = len(delivered.assign(ts=days).drop_duplicates())
    messages = found.loc[found["paged"], "incident_id"].nunique() if len(found) else 0
    return 1000.0 * messages / ad_days if ad_days else float("nan")


def _by_evidence(
    panel: Panel, plan: Plan, changes: Changes, arrival: Arrival | None, asked: Asked
) -> list[dict[str, Any]]:
    """Rows of all accounts, some hundred ads at a time; a big account uses all cores by itself."""
    together = list(portions(panel))
    big: list[Index] = []
    small: list[Index] = []
    for columns in together:
        (big if len(columns) > 2 * PORTION else small).append(columns)

    def judged(columns: Index) -> list[dict[str, Any]]:
        alone = len(together) == 1  # no copy of what is big
        ours, plans = (panel, plan) if alone else (panel.take(columns), plan.take(columns))
        days = ours.span
        accounts = read_accounts(ours.on(days), plans.on(days))
        evidence = find(accounts, arrival, asked.within(days.start * HOURS, accounts.panel.stop))
        (paid,) = evidence.totals[PAID]
        return told(Story(evidence.families, paid, changes), evidence.findings)

    return [row for rows in (*side_by_side(judged, small), *map(judged, big)) for row in rows]


def _hour(panel: Panel, since: pd.Timestamp | None) -> int:
    if since is None:
        return 0
    at = pd.Timestamp(since)
    at = at.tz_localize("UTC") if at.tz is None else at
    return min(max(0, int((at - panel.start) // pd.Timedelta(hours=1))), panel.days * HOURS)

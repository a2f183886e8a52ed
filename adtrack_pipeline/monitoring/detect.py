"""`detect_anomalies`: incidents worth a person's time, from a panel of ads and hours.

Belongs here: the order of the steps. Does not belong here: any of the steps.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.arrival import USUAL, Arrival
from adtrack_pipeline.monitoring.changes import read_changes
from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.expected import Family, account_numbers, expect_delivery, expect_ratios
from adtrack_pipeline.monitoring.explain import causes, named
from adtrack_pipeline.monitoring.fatigue import BAR as FATIGUE_BAR
from adtrack_pipeline.monitoring.fatigue import QUIET_HOURS as FATIGUE_QUIET
from adtrack_pipeline.monitoring.fatigue import judge_fatigue
from adtrack_pipeline.monitoring.finding import Finding
from adtrack_pipeline.monitoring.groups import groupings, members, only_shifted, summed
from adtrack_pipeline.monitoring.incidents import QUIET_HOURS, incidents
from adtrack_pipeline.monitoring.judge import Bench, Verdict, judge
from adtrack_pipeline.monitoring.panel import Index, Panel, build_panel
from adtrack_pipeline.monitoring.plan import build_plan
from adtrack_pipeline.monitoring.rules import LEVEL_BAR, PAGE, RULES, Rule
from adtrack_pipeline.monitoring.running import Running
from adtrack_pipeline.monitoring.stops import judge_stops
from adtrack_pipeline.monitoring.telling import Story, as_frame

STOP_BAR = 3.0


def detect(
    panel: Panel,
    plan_frame: pd.DataFrame | None,
    *,
    change_log: pd.DataFrame | None,
    arrival: Arrival | None,
    bar: float,
    since: int,
) -> pd.DataFrame:
    """Rows of findings in hours `since` to `panel.stop`, by the evidence method."""
    plan = build_plan(panel, plan_frame)
    accounts = account_numbers(panel)
    families = {**expect_ratios(panel, arrival), **expect_delivery(panel, plan)}
    hours = slice(since, panel.stop)
    first_day = int(panel.start.timestamp() // 86400)
    found: list[Finding] = []
    for rule in RULES:
        if rule.family in families:
            found += _by_rule(panel, families, rule, accounts, first_day, hours, bar * rule.bar / PAGE)
    found += _single(
        judge_stops(families["impressions"], panel, plan.active, accounts, hours),
        STOP_BAR,
        since,
        "zero_delivery",
        "delivery",
        "impressions",
    )
    fatigue = judge_fatigue(panel, families["ctr"], accounts, first_day)
    found += _single(fatigue, FATIGUE_BAR, 0, "creative_fatigue", "fatigue", "ctr", FATIGUE_QUIET)
    kept = [one for one in causes(found) if since <= one.start < panel.stop]
    bases = {"ctr": "impressions", "cpm": "impressions", "cpc": "spend", "cvr": "clicks", "aov": "conversions"}
    story = Story(
        panel=panel,
        families=families,
        bases={
            family: np.nan_to_num(panel.metrics[base]) for family, base in bases.items() if base in panel.metrics
        },
        changes=read_changes(change_log),
        bar=min(bar, STOP_BAR, FATIGUE_BAR),
    )
    return as_frame(story, kept)


def _by_rule(
    panel: Panel,
    families: Mapping[str, Family],
    rule: Rule,
    accounts: Index,
    first_day: int,
    hours: slice,
    bar: float,
) -> list[Finding]:
    """Findings of one rule: groups that moved together, and ads that did so alone."""
    family = families[rule.family]
    explained: list[Finding] = []
    levels = groupings(panel, accounts)
    whole = Running(summed(family, levels[0]))
    for grouping in levels:
        bench = Bench(Running(summed(family, grouping)), whole, grouping.account_of, first_day)
        verdict = judge(bench, rule, hours)
        for incident in incidents(verdict, bar * LEVEL_BAR[grouping.level], hours.start):
            part = members(family, rule, grouping, incident)
            if part is None:
                continue
            one = Finding(
                int(part[0]), grouping.level, incident.unit, rule.alert_type, rule.metric, rule.family, incident
            )
            cause = named(one, panel, families, [int(ad) for ad in part])
            explained += [
                Finding(
                    int(ad), grouping.level, incident.unit, cause.alert_type, cause.metric, rule.family, incident
                )
                for ad in part
            ]
    alone = _single(
        judge(Bench(Running(family), whole, accounts, first_day), rule, hours),
        bar,
        hours.start,
        rule.alert_type,
        rule.metric,
        rule.family,
    )
    if rule.family == "spend":
        alone = [one for one in alone if not only_shifted(family, levels[1], one.incident)]
    return explained + [named(one, panel, families, [one.ad]) for one in alone]


def _single(
    verdict: Verdict, bar: float, offset: int, alert_type: str, metric: str, family: str, quiet: int = QUIET_HOURS
) -> list[Finding]:
    return [
        Finding(incident.unit, Level.AD, incident.unit, alert_type, metric, family, incident)
        for incident in incidents(verdict, bar, offset, quiet)
    ]


def detect_anomalies(
    panel: pd.DataFrame,
    *,
    threshold_std: float = 2.0,
    plan: pd.DataFrame | None = None,
    change_log: pd.DataFrame | None = None,
    arrival: Arrival | None = USUAL,
    now: pd.Timestamp | None = None,
    since: pd.Timestamp | None = None,
) -> pd.DataFrame:
    built = build_panel(panel, now=now)
    start = 0 if since is None else int((pd.Timestamp(since) - built.start) // pd.Timedelta(hours=1))
    return detect(
        built, plan, change_log=change_log, arrival=arrival, bar=max(PAGE, threshold_std), since=max(0, start)
    )

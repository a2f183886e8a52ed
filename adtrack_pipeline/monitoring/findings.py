"""Findings that still hold as conditions: one per message, with words for a marketer and a series for a chart.

Belongs here: subject, evidence. Does not belong here: finding (`detect.py`), words (`wording.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.condition import Condition, Level, Severity, Subject
from adtrack_pipeline.monitoring.inputs.panel import Index
from adtrack_pipeline.monitoring.wording import Told, sentence

HOLDS = pd.Timedelta(hours=6)
WEAR_HOLDS = pd.Timedelta(days=8)  # judged once a day, from several days
CHART_DAYS, CHART_STEP = 7, "3h"
RATIOS: Mapping[str, tuple[str, str, float]] = {
    "ctr": ("clicks", "impressions", 100.0),
    "fatigue": ("clicks", "impressions", 100.0),
    "cpm": ("spend", "impressions", 1000.0),
    "cpc": ("spend", "clicks", 1.0),
    "cvr": ("conversions", "clicks", 100.0),
    "aov": ("revenue", "conversions", 1.0),
}
SUMS = {"spend": "spend", "delivery": "impressions", "conversions": "conversions", "impressions": "impressions"}


@dataclass(frozen=True)
class Context:
    """What a finding does not know itself.

    Attributes:
        platform: of the account.
        names: index object id; `level, name, currency, parent` (of an ad: its ad set).
        panel: the panel the findings were made from.
        judged_until: end of the newest hour judged; aware.
    """

    platform: str
    names: pd.DataFrame
    panel: pd.DataFrame
    judged_until: pd.Timestamp

    @cached_property
    def rows_of(self) -> Mapping[str, Index]:
        """Where each ad's rows are in the panel: at ten thousand ads, looking for them per chart takes seconds."""
        return cast("Mapping[str, Index]", self.panel.groupby("ad_id", sort=False, observed=True).indices)


def conditions_of(found: pd.DataFrame, context: Context) -> list[Condition]:
    """Conditions of the findings that are still on, one per incident; see `detect_anomalies` for the columns."""
    wear = found["alert_type"].eq("creative_fatigue")
    last = context.judged_until - pd.Series(HOLDS, found.index).mask(wear, WEAR_HOLDS)
    still_on = found[found["end_ts"] + pd.Timedelta(hours=1) > last]
    return [_condition(rows, context) for _, rows in still_on.groupby("incident_id", sort=False)]


def _condition(rows: pd.DataFrame, context: Context) -> Condition:
    first = rows.iloc[0]
    subject = _subject(rows, context)
    currency = _of(context.names, str(first["account_id"]), "currency")
    money = float(rows["money_at_stake"].sum())
    alone = len(rows) == 1
    told = Told(
        alert_type=str(first["alert_type"]),
        metric=str(first["metric"]),
        name=subject.name or subject.object_id,
        level=subject.level,
        ads=len(rows),
        ratio=float(first["evidence"]["ratio"]),
        observed=float(first["observed"]) if alone else None,
        expected=float(first["expected"]) if alone else None,
        since=first["start_ts"],
        money=money,
        currency=currency,
        changes=tuple(first["evidence"]["changed_before"]),
    )
    return Condition(
        alert_type=told.alert_type,
        metric=told.metric,
        subject=subject,
        severity=Severity(first["severity"]),
        message=sentence(told),
        began_at=first["start_ts"].to_pydatetime(),
        seen_at=first["end_ts"].to_pydatetime(),
        pages=bool(first["paged"]),
        expected=told.expected,
        actual=told.observed,
        score=float(first["score"]),
        money_at_stake=money,
        currency=currency,
        evidence={
            **first["evidence"],
            "ad_ids": [str(ad) for ad in rows["ad_id"]],
            # Nobody is shown a chart of what is only recorded, and at ten thousand ads they would cost seconds.
            **({"series": _series(rows, context)} if first["paged"] else {}),
        },
    )


def _subject(rows: pd.DataFrame, context: Context) -> Subject:
    first, level = rows.iloc[0], Level(rows["level"].iloc[0])
    object_id = str(first[f"{level.value}_id"])
    is_ad = level is Level.AD
    return Subject(
        level=level,
        platform=context.platform,
        account_id=str(first["account_id"]),
        campaign_id=str(first["campaign_id"]) if level is not Level.ACCOUNT else None,
        adset_id=_of(context.names, object_id, "parent") if is_ad else None,
        ad_id=object_id if is_ad else None,
        name=_of(context.names, object_id, "name"),
    )


def _of(names: pd.DataFrame, object_id: str, column: str) -> str | None:
    if object_id not in names.index:
        return None
    value = names.at[object_id, column]
    return str(value) if isinstance(value, str) and value else None


def _series(rows: pd.DataFrame, context: Context) -> dict[str, object]:
    """What happened in the last week, in steps of three hours, and what was to be expected while it lasted."""
    metric, panel = str(rows["metric"].iloc[0]), context.panel
    since = rows["start_ts"].min() - pd.Timedelta(days=CHART_DAYS)
    count, base, factor = RATIOS.get(metric, (SUMS.get(metric, "impressions"), "", 1.0))
    counted = [name for name in (count, base) if name]
    places = np.concatenate([context.rows_of[ad] for ad in rows["ad_id"].unique()])
    mine = panel[["ts", *counted]].iloc[places]
    mine = mine[(mine["ts"] >= since) & (mine["ts"] < context.judged_until)]
    steps = mine.groupby(mine["ts"].dt.floor(CHART_STEP))[counted].sum()
    actual = factor * steps[count] / steps[base].where(steps[base] > 0) if base else steps[count]
    began, ended = rows["start_ts"].min(), rows["end_ts"].max() + pd.Timedelta(hours=1)
    series: dict[str, object] = {
        "ts": [at.isoformat() for at in actual.index],
        "actual": [None if pd.isna(value) else round(float(value), 4) for value in actual],
        "began_at": began.isoformat(),
        "ended_at": ended.isoformat(),
    }
    if base and len(rows) == 1 and metric != "fatigue":
        expected = float(rows["expected"].iloc[0])
        series["expected"] = [expected if at >= began.floor(CHART_STEP) else None for at in actual.index]
    return series

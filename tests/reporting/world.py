"""Frames made by hand for reports: a shop whose days are all alike unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from adtrack_pipeline.reporting.frames import (
    ALERT_COLUMNS,
    CREATIVE_COLUMNS,
    DAY_COLUMNS,
    FATIGUE_COLUMNS,
    OBJECT_COLUMNS,
    RESTATED_COLUMNS,
    Account,
    AccountFrames,
)

DAY = date(2026, 11, 19)  # a Thursday
NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
NASTY = '<script>alert(1)</script><img src="https://evil.example/a.png"> & "quoted" \u202egnp.exe'
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def day_row(day: date = DAY, **values: Any) -> dict[str, Any]:
    """A final day: 100 spent, 10 conversions worth 300."""
    row: dict[str, Any] = {
        "date_day": day,
        "impressions": 10_000.0,
        "clicks": 200.0,
        "spend": 100.0,
        "conversions": 10.0,
        "revenue": 300.0,
        "is_final": "t",
        **values,
    }
    return {"conversions_nowcast": row["conversions"], "revenue_nowcast": row["revenue"], **row}


def unripe(**values: Any) -> dict[str, Any]:
    """Values of a day whose conversions still come in; without nowcasts unless they are given."""
    return {"is_final": "f", "conversions_nowcast": None, "revenue_nowcast": None, **values}


def object_row(object_id: str, **values: Any) -> dict[str, Any]:
    """A campaign's or creative's week: 700 spent, 70 conversions worth 2,100."""
    return {
        "object_id": object_id,
        "name": f"Object {object_id}",
        "sells": "t",
        "impressions": 70_000.0,
        "clicks": 1_400.0,
        "spend": 700.0,
        "conversions": 70.0,
        "revenue": 2_100.0,
        "conversions_nowcast": None,
        "revenue_nowcast": None,
        "spend_yesterday": 100.0,
        "thumbnail_hash": None,
        **values,
    }


def alert_row(alert_id: int = 1, **values: Any) -> dict[str, Any]:
    """An open alert."""
    return {
        "alert_id": alert_id,
        "alert_type": "ctr_drop",
        "severity": "medium",
        "message": "CTR fell by half.",
        "object_name": "Spring sale",
        "money_at_stake": 120.0,
        "currency": "EUR",
        "began_at": pd.Timestamp(NOW - timedelta(hours=9)),
        "status": "open",
        **values,
    }


def fatigue_row(creative_id: str, **values: Any) -> dict[str, Any]:
    """A creative that wears out."""
    return {
        "creative_id": creative_id,
        "name": f"Creative {creative_id}",
        "status": "fatigued",
        "days_since_onset": 4.0,
        "recent_ctr": 0.8,
        "best_ctr": 2.0,
        "ctr_drop_pct": 60.0,
        "frequency_recent": 2.5,
        "spend": 50.0,
        "thumbnail_hash": None,
        **values,
    }


def frames(
    days: Mapping[date, Mapping[str, Any]] | None = None,
    *,
    account_id: str = "1",
    name: str = "Acme",
    currency: str | None = "EUR",
    campaigns: Sequence[dict[str, Any]] = (),
    creatives: Sequence[dict[str, Any]] = (),
    alerts: Sequence[dict[str, Any]] = (),
    fatigue: Sequence[dict[str, Any]] = (),
    restated: Sequence[dict[str, Any]] = (),
    weeks: int = 5,
    **more: Any,
) -> AccountFrames:
    """`weeks` of equal days up to DAY; `days` changes some of them, or takes them away with None."""
    changed = dict(days or {})
    rows = [
        day_row(day, **(changed.get(day) or {}))
        for back in range(7 * weeks, -1, -1)
        if changed.get(day := DAY - timedelta(days=back), {}) is not None
    ]
    return AccountFrames(
        account=Account("meta", account_id, name, currency, "Europe/Berlin"),
        day=DAY,
        as_of=NOW,
        days=table(rows, DAY_COLUMNS),
        campaigns=table(campaigns, OBJECT_COLUMNS),
        creatives=table(creatives, CREATIVE_COLUMNS),
        alerts=table(alerts, ALERT_COLUMNS),
        fatigue=table(fatigue, FATIGUE_COLUMNS),
        restated=table(restated, RESTATED_COLUMNS),
        **{"rate": 1.0, **more},
    )


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A frame with these columns."""
    return pd.DataFrame(list(rows), columns=list(columns))

"""What a detector would have said at earlier moments: the future cut off.

Belongs here: panels and plans as known at a moment, the causality check, the replay in steps. Does not belong
here: scoring of one run (`scoring`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.detection.detectors import Detector
from benchmarks.detection.labels import World
from benchmarks.detection.scoring import score

HOUR = pd.Timedelta(hours=1)
ABOUT = ["account_id", "campaign_id", "ad_id", "metric", "alert_type"]
Key = tuple[str, pd.Timestamp]


@dataclass(frozen=True)
class Causality:
    """Findings that begin before a cut, with and without the future: how many agree.

    Attributes:
        compared: findings of either run that begin before the cut's last hour.
        backdated: in the long run only: the detector needed the future to place them there.
        withdrawn: in the cut run only: later data made the detector deny them.
        raised_later: recorded in both, but a message only with the future known (delay looks too short).
    """

    compared: int
    backdated: int
    withdrawn: int
    raised_later: int


def panel_at(world: World, cut: pd.Timestamp, *, as_known: bool) -> pd.DataFrame:
    """The rows before `cut`; with `as_known` only orders that had arrived by then are in them."""
    panel = world.panel[world.panel["ts"] < cut].reset_index(drop=True)
    if not as_known or world.orders is None:
        return panel
    known = world.orders[world.orders["arrives"] < cut]
    sums = known.groupby(["ad_id", "ts"], sort=False)["value"].agg(["size", "sum"])
    found = sums.reindex(pd.MultiIndex.from_frame(panel[["ad_id", "ts"]])).fillna(0.0)
    return panel.assign(
        conversions=found["size"].to_numpy(dtype=float), revenue=found["sum"].to_numpy(dtype=float)
    )


def plan_at(plan: pd.DataFrame | None, cut: pd.Timestamp) -> pd.DataFrame | None:
    """The change log as it was before `cut`."""
    if plan is None:
        return None
    known = plan[plan["ts_from"] < cut]
    return known.assign(ts_to=known["ts_to"].where(known["ts_to"] < cut)).reset_index(drop=True)


def causality(world: World, detector: Detector, share_of_panel: tuple[float, ...] = (0.45, 0.7, 0.9)) -> Causality:
    """Compare findings of the whole panel with those of panels cut off after parts of it."""
    full = _keyed(detector(world.panel, world.plan))
    first, last = world.panel["ts"].min(), world.panel["ts"].max()
    sums = np.zeros(4, dtype=int)
    for share in share_of_panel:
        cut = (first + (last - first) * share).floor("h")
        short = _keyed(detector(panel_at(world, cut, as_known=False), plan_at(world.plan, cut)))
        ours, theirs = _before(cut - HOUR, full), _before(cut - HOUR, short)
        both = ours.keys() & theirs.keys()
        sums += (
            len(ours.keys() | theirs.keys()),
            len(ours.keys() - theirs.keys()),
            len(theirs.keys() - ours.keys()),
            sum(ours[key] and not theirs[key] for key in both),
        )
    return Causality(*(int(one) for one in sums))


def replay(world: World, detector: Detector, every_hours: int = 6) -> tuple[pd.DataFrame, float]:
    """Run the detector every few hours on what was known, as in operation.

    Returns:
        Per judged label `kind`, `found`, `delay` (hours from when it was due to the run that told it first); and
        false messages per 1,000 ad-days, including those a later run no longer makes.
    """
    first, last = world.panel["ts"].min(), world.panel["ts"].max() + HOUR
    told: dict[object, pd.Timestamp] = {}
    false: set[Key] = set()
    for cut in pd.date_range(first + pd.Timedelta(days=14), last, freq=f"{every_hours}h"):
        found = detector(panel_at(world, cut, as_known=True), plan_at(world.plan, cut))
        result = score(found, world)
        begun = result.found[result.found["found"]]
        for event in begun["event_id"]:
            told.setdefault(event, cut)
        false |= _messages(result.false_rows)
    labels = world.labels[world.labels["judged"].astype(bool)]
    at = labels["event_id"].map(told)
    delay = (pd.to_datetime(at, utc=True) - labels["due"]).dt.total_seconds() / 3600
    table = pd.DataFrame({"kind": labels["kind"], "found": at.notna(), "delay": delay}).reset_index(drop=True)
    return table, 1000 * len(false) / world.ad_days


def _messages(rows: pd.DataFrame) -> set[Key]:
    """One key per message: that of its first row (names of incidents need not be the same from run to run)."""
    if "incident_id" not in rows or rows["incident_id"].isna().any():
        return set(_keyed(rows))
    return {min(_keyed(one), key=lambda key: (key[1], key[0])) for _, one in rows.groupby("incident_id")}


def _before(moment: pd.Timestamp, findings: dict[Key, bool]) -> dict[Key, bool]:
    return {key: paged for key, paged in findings.items() if key[1] < moment}


def _keyed(found: pd.DataFrame) -> dict[Key, bool]:
    """Findings by what they are about and their start; the value says whether it is a message."""
    columns = [found[name].astype(object).map(str) for name in ABOUT if name in found]
    about = ["|".join(parts) for parts in zip(*columns, strict=True)]
    paged = next((found[name].fillna(False).astype(bool) for name in ("paged", "pages") if name in found), None)
    flags = [True] * len(found) if paged is None else [bool(one) for one in paged]
    return dict(zip(zip(about, pd.to_datetime(found["start_ts"], utc=True), strict=True), flags, strict=True))

"""Detectors by name, all with one signature: panel and plan in, findings out.

Belongs here: names and calls. Does not belong here: rules (`rivals`), judging (`scoring`).
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from benchmarks.detection import rivals
from benchmarks.detection.grid import COUNTS

Detector = Callable[[pd.DataFrame, pd.DataFrame | None], pd.DataFrame]


class NoDetectorError(RuntimeError):
    """The product has no detector to import."""


def by_name(name: str) -> dict[str, Detector]:
    """Detectors for a word of the command line: `evidence`, a rival rule (bare and gated), or `all`.

    Raises:
        NoDetectorError: `evidence` is asked for and the product does not have it.
    """
    if name == "all":
        own = {"evidence": product()} if product_exists() else {}
        return own | {label: call for rule in rivals.RULES for label, call in by_name(rule).items()}
    if name == "evidence":
        return {"evidence": product()}
    return {
        name: partial(_rival, rule=name, gated=False),
        f"{name}, gated": partial(_rival, rule=name, gated=True),
    }


def product_exists() -> bool:
    """Whether the product's detector can be imported."""
    try:
        product()
    except NoDetectorError:
        return False
    return True


def product() -> Detector:
    """The product's detector, with its defaults.

    Raises:
        NoDetectorError: it cannot be imported.
    """
    try:
        from adtrack_pipeline.monitoring import detect_anomalies  # noqa: PLC0415 - written apart from this yardstick
    except ImportError as error:
        raise NoDetectorError(f"adtrack_pipeline.monitoring offers no detect_anomalies: {error}") from error

    def call(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        return detect_anomalies(panel, plan=plan)

    return call


def with_every_hour(detector: Detector) -> Detector:
    """The detector on panels in which every hour has a row, of zeros before a launch and after an end."""

    def call(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        return detector(every_hour(panel), plan)

    return call


def every_hour(panel: pd.DataFrame) -> pd.DataFrame:
    """A row for every ad and hour from the panel's first to its last; counts of new rows are 0."""
    ids = ["account_id", "campaign_id", "ad_id"]
    hours = pd.DataFrame({"ts": pd.date_range(panel["ts"].min(), panel["ts"].max(), freq="h")})
    every = panel[ids].drop_duplicates("ad_id").merge(hours, how="cross")
    filled = every.merge(panel, on=[*ids, "ts"], how="left")
    counts = [name for name in COUNTS if name in filled]
    return filled.assign(**{name: filled[name].fillna(0.0) for name in counts})


def _rival(panel: pd.DataFrame, plan: pd.DataFrame | None, *, rule: str, gated: bool) -> pd.DataFrame:
    return rivals.detect(panel, plan, rule, gated=gated)

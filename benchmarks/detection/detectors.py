"""Detectors by name, all with one signature: panel and plan in, findings out.

Belongs here: names and calls. Does not belong here: rules (`rivals`), judging (`scoring`).
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from benchmarks.detection import rivals

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


def _rival(panel: pd.DataFrame, plan: pd.DataFrame | None, *, rule: str, gated: bool) -> pd.DataFrame:
    return rivals.detect(panel, plan, rule, gated=gated)

"""Predictions of two versions of a model: the truth of a window with an error, smaller in version 2."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from adtrack_pipeline.sandbox.examples.truth import DAYS_AHEAD, DAYS_BACK, Totals, Truth

MODEL = "sandbox_demo"
MADE_EVERY = 3  # days
OBJECTS = {"ad": 8, "campaign": 4, "creative": 4, "video": 3}  # per account, those with most impressions
LEAST_IMPRESSIONS = 100
Z80 = 1.2816  # half the width of a normal 80 % interval


@dataclass(frozen=True)
class Version:
    """How a version errs: spread and bias of its error (on the log scale), and the spread it believes in."""

    name: str
    spread: float
    bias: float
    believed: float


# The first one is also surer than it should be: its intervals hold far less than the 80 % they promise.
VERSIONS = (
    Version("1", spread=0.32, bias=1.15, believed=0.15),
    Version("2", spread=0.14, bias=1.0, believed=0.14),
)


def predictions_of(truth: Truth, version: Version, today: date, seed: list[int]) -> Iterator[Mapping[str, Any]]:
    """Made every few days for the largest objects, for 3 to 7 days from the next day on.

    The windows are the same for every version, so that versions can be compared.
    """
    lengths = np.random.default_rng([*seed, int(truth.account_id)])
    errors = np.random.default_rng([*seed, int(truth.account_id), int(version.name)])
    for back in range(DAYS_BACK - 1, -1, -MADE_EVERY):
        made = today - timedelta(days=back)
        for level, most in OBJECTS.items():
            for name in truth.largest(level, most):
                start = made + timedelta(days=1)
                end = start + timedelta(days=int(lengths.integers(3, DAYS_AHEAD)) - 1)
                if predicted := _erring(truth.window(level, name, start, end), version, errors):
                    yield {
                        "prediction_id": f"SANDBOX/{MODEL}/{version.name}/{level}/{name}/{start}",
                        "level": level,
                        "object_id": name,
                        "model_name": MODEL,
                        "model_version": version.name,
                        "predicted_at": datetime.combine(made, time(4), UTC).isoformat(),
                        "window_start": start,
                        "window_end": end,
                        "interval_level": 0.8,
                        **predicted,
                    }


def _erring(truth: Totals, version: Version, chance: np.random.Generator) -> dict[str, str]:
    """The truth with an error per metric, and the interval the model believes in; {} without delivery."""
    if truth["impressions"] < LEAST_IMPRESSIONS or truth["spend"] <= 0:
        return {}
    metrics = {
        "ctr": 100 * truth["clicks"] / truth["impressions"],
        "roas": truth["purchase_value"] / truth["spend"],
        "conversions": truth["purchases"],
        "spend": truth["spend"],
    }
    width = float(np.exp(Z80 * version.believed))
    found: dict[str, str] = {}
    for name, value in metrics.items():
        guess = value * version.bias * float(np.exp(chance.normal(0.0, version.spread)))
        numbers = {"": guess, "_lower": guess / width, "_upper": guess * width}
        found |= {f"predicted_{name}{end}": f"{number:.4f}" for end, number in numbers.items()}
    return found

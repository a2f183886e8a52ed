"""`rank_versions`: champion and challengers on the same objects and windows.

Belongs here: pairing, ranks. Does not belong here: the difference and its interval (`duels`), measures of one
version alone (`pools`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import METRICS
from adtrack_pipeline.accuracy.duels import CONFIDENCE, LEAST_OBJECTS, duel
from adtrack_pipeline.accuracy.observations import TARGET, array, in_one_currency, observations
from adtrack_pipeline.accuracy.scores import NAN, accuracy, wape

OBJECT = ["platform", "level", "object_id"]
Version = tuple[str, str, str]  # platform, model name, model version
LATEST = pd.Timestamp.max.tz_localize("UTC")
COLUMNS = (
    "platform",
    "model_name",
    "model_version",
    "metric",
    "rank",
    "verdict",
    "champion_version",
    "is_champion",
    "pairs",
    "objects",
    "accuracy",
    "champion_accuracy",
    "difference",
    "difference_lower",
    "difference_upper",
    "confidence",
)


def rank_versions(
    comparisons: pd.DataFrame,
    *,
    champion: str | None = None,
    first_predicted: Mapping[Version, datetime] | None = None,
    confidence: float = CONFIDENCE,
    least_objects: int = LEAST_OBJECTS,
) -> pd.DataFrame:
    """Rank a model's versions by how they do where both they and the champion predicted.

    Compared are settled predictions, made before their window began or on its first day, of the same object and
    window; if a version predicted one several times, the last counts. `difference` is that of WAPE accuracies
    before they are cut off at 0. Its interval is that of a ratio of sums over objects as clusters (Taylor
    linearisation with Student's t; an object's days are not independent, objects are taken to be).

    Args:
        comparisons: as `compare` returns them, over the span to be judged by.
        champion: version the others are held against; null: of each model and metric the one that predicted first.
        first_predicted: when each platform, model and version made its first prediction ever; versions not named
            come last. Null: as `comparisons` say, which makes whoever is first in the span the champion.
        confidence: of the interval.
        least_objects: objects below which nothing is decided.

    Returns:
        Grain `platform, model_name, model_version, metric`, for metrics of which at least two versions can be
        compared with something.
            `rank` 1 the best, by `difference`, each version standing on what it and the champion have in common;
            null for not_enough_data, the champion's own is among the others;
            `verdict` champion, better, worse, undecided (the interval holds 0) or not_enough_data;
            `champion_version`, `is_champion`; `pairs` common predictions, `objects` among them;
            `accuracy`, `champion_accuracy` 0 to 100 on these; `difference` points, + is better than the champion,
            with `difference_lower`, `difference_upper` at `confidence`. The champion's own accuracy is over all it
            predicted.

    Raises:
        AccuracyError: a column is missing.
    """
    found = []
    for metric in METRICS:
        rows = observations(comparisons, metric)
        rows = rows[rows["is_summed"] & rows["is_settled"] & rows["is_ex_ante"]]
        rows = rows.assign(predicted_at=pd.to_datetime(comparisons["predicted_at"], utc=True))
        for (platform, model), versions in rows.groupby(["platform", "model_name"], sort=True):
            if versions["model_version"].nunique() > 1:
                key = {"platform": platform, "model_name": model, "metric": metric, "confidence": confidence}
                since = _since(versions, (str(platform), str(model)), first_predicted)
                held = champion if champion in since else min(since, key=lambda one: (since[one], one))
                ranked = _ranked(versions, metric, held, confidence, least_objects)
                found += [key | one for one in ranked]
    return pd.DataFrame(found, columns=list(COLUMNS)).astype({"rank": "Int64"})


def _since(
    rows: pd.DataFrame, model: tuple[str, str], first_predicted: Mapping[Version, datetime] | None
) -> dict[str, pd.Timestamp]:
    """When each of a model's versions predicted first."""
    seen: pd.Series[Any] = rows.groupby("model_version")["predicted_at"].min()
    if first_predicted is None:
        return {str(version): moment for version, moment in seen.items()}
    ever = {str(version): first_predicted.get((*model, str(version))) for version in seen.index}
    return {version: LATEST if moment is None else pd.Timestamp(moment) for version, moment in ever.items()}


def _ranked(
    rows: pd.DataFrame, metric: str, held: str, confidence: float, least_objects: int
) -> list[dict[str, Any]]:
    rows = in_one_currency(rows, metric).sort_values("predicted_at", kind="stable")
    rows = rows.drop_duplicates([*TARGET, "model_version"], keep="last")
    mine = rows[rows["model_version"] == held]
    found = [_champion(mine, held)]
    for version, theirs in rows[rows["model_version"] != held].groupby("model_version", sort=True):
        both = mine.merge(theirs, on=TARGET, suffixes=("_champion", ""))
        objects = np.asarray(both.groupby(OBJECT).ngroup(), dtype=np.intp)
        found.append(
            {"model_version": version, "is_champion": False, **duel(both, objects, confidence, least_objects)}
        )
    known = [NAN if one["verdict"] == "not_enough_data" else one["difference"] for one in found]
    order = pd.Series(known, dtype="float64").rank(ascending=False, method="min")
    same = {"champion_version": held}
    return [same | one | {"rank": rank} for one, rank in zip(found, order, strict=True)]


def _champion(rows: pd.DataFrame, version: str) -> dict[str, Any]:
    share = wape(array(rows, "error"), array(rows, "actual"), array(rows, "weight"))
    return {
        "model_version": version,
        "verdict": "champion",
        "is_champion": True,
        "pairs": len(rows),
        "objects": rows.groupby(OBJECT).ngroups,
        "accuracy": accuracy(share),
        "champion_accuracy": accuracy(share),
        "difference": 0.0,
    }

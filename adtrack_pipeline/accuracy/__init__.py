"""Predictions against what happened: comparing, pooling, drift, ranking, pictures.

Belongs here: pure functions, pandas frames in and out; units and columns are documented at each. Does not belong
here: reading and writing (the warehouse), schedules and alerts (`defs`), printing (`cli`).
"""

from adtrack_pipeline.accuracy.columns import METRICS, AccuracyError, Status, Verdict
from adtrack_pipeline.accuracy.compare import MIN_EVENTS, compare
from adtrack_pipeline.accuracy.drift import LEAST_RECENT, LEAST_REFERENCE, drift
from adtrack_pipeline.accuracy.freeform import compare_models, score_groups, score_rows, suspicions
from adtrack_pipeline.accuracy.noise import ceiling, count_noise
from adtrack_pipeline.accuracy.pools import pooled_accuracy
from adtrack_pipeline.accuracy.ranking import rank_versions
from adtrack_pipeline.accuracy.suspicion import Suspicion, fraction_suspicion

__all__ = [
    "LEAST_RECENT",
    "LEAST_REFERENCE",
    "METRICS",
    "MIN_EVENTS",
    "AccuracyError",
    "Status",
    "Suspicion",
    "Verdict",
    "ceiling",
    "compare",
    "compare_models",
    "count_noise",
    "drift",
    "fraction_suspicion",
    "pooled_accuracy",
    "rank_versions",
    "score_groups",
    "score_rows",
    "suspicions",
]

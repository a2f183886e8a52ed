"""Which columns of `ops.prediction_comparisons` come from where.

Belongs here: names only. Does not belong here: what they mean (the table's comments, `accuracy.compare`).
"""

from adtrack_pipeline.defs.accuracy.judge_queries import PREDICTED

_METRICS = ("ctr", "roas", "conversions", "spend")
_NUMBERS = ("error", "percentage_error", "accuracy", "events", "ceiling", "baseline")

# What `accuracy.compare` finds out.
VERDICTS = tuple(f"{metric}_verdict" for metric in _METRICS)
HITS = tuple(f"{metric}_interval_hit" for metric in _METRICS)
MEASURES = tuple(
    name for metric in _METRICS for name in (f"actual_{metric}", *(f"{metric}_{one}" for one in _NUMBERS))
)
FLAGS = ("is_window_over", "is_settled", "is_ex_ante")
FOUND = ("status", *VERDICTS, *HITS, *MEASURES, *FLAGS, "interval_level", "accuracy_score")

# What is known before.
GIVEN = (
    *(
        "prediction_version",
        "platform",
        "level",
        "object_id",
        "account_id",
        "currency",
        "model_name",
        "model_version",
    ),
    *(
        "predicted_at",
        "window_start",
        "window_end",
        "baseline_start",
        *PREDICTED,
        "is_matched",
        "is_final",
        "reason",
    ),
    *("impressions", "clicks", "spend", "conversions", "revenue", "conversions_nowcast", "revenue_nowcast"),
    "look_again_at",
)
ALL = (*GIVEN, *FOUND)

# A difference in any other column is another result. These say how far the days are, and what happened beside it.
BOOKKEEPING = (
    *("is_final", "is_window_over", "is_settled", "look_again_at", "account_id", "baseline_start", "reason"),
    *("revenue_nowcast", "conversions_nowcast"),
)
RESULT = tuple(name for name in ALL if name not in BOOKKEEPING)

# What `accuracy` pools: the ids, what was found, and what sums are weighed by.
POOLED_TEXT = (
    *("prediction_id", "platform", "level", "object_id", "model_name", "model_version", "currency", "status"),
    *VERDICTS,
)
POOLED_DAYS = ("window_start", "window_end")
POOLED_FLAGS = (*HITS, *FLAGS, "is_final")
POOLED_NUMBERS = (
    *("prediction_version", *PREDICTED, *MEASURES, "interval_level", "accuracy_score", "impressions", "spend"),
)

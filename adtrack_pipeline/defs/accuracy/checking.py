"""What is suspicious about predictions, as checks of `ops/prediction_comparisons`. Warnings: nothing is corrected.

Belongs here: reading what is needed and a sentence per problem. Does not belong here: the suspicion itself
(`accuracy.fraction_suspicion`).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

MATCHED, UNITS, BEFORE = "objects_are_known", "units_are_plausible", "made_before_their_window"
CHECKS = {
    MATCHED: "At most a fifth of the predictions of the last 30 days name objects that nobody knows.",
    UNITS: "No model's CTR looks like a fraction (0.025) instead of percent (2.5), by its distribution.",
    BEFORE: "At most a fifth of the predictions of the last 30 days were made after their window's first day.",
}
MOST = 0.2
FEWEST = 5  # predictions below which a share says nothing
DAYS = 30

_SHARES = """
    select model_name, model_version, count(*) filter (where status = 'unmatched')::double precision / count(*),
        count(*) filter (where not is_ex_ante)::double precision / count(*),
        min(object_id) filter (where status = 'unmatched')
    from ops.prediction_comparisons
    where superseded_at is null and status <> 'pending' and window_end >= %(since)s
    group by model_name, model_version having count(*) >= %(fewest)s
    order by model_name, model_version
"""
_RATES = """
    select model_name, model_version, array_agg(predicted_ctr::double precision), array_agg(actual_ctr)
    from ops.prediction_comparisons
    where superseded_at is null and window_end >= %(since)s and predicted_ctr > 0 and actual_ctr > 0
    group by model_name, model_version
    having count(*) >= %(fewest)s and (
        percentile_cont(0.5) within group (order by predicted_ctr::double precision)
            / percentile_cont(0.5) within group (order by actual_ctr) not between 0.1 and 10
    )
    order by model_name, model_version
"""


def check_results(conn: Connection, now: datetime) -> dict[str, str | None]:
    """What is wrong, by check; None where nothing is."""
    values = {"since": (now - timedelta(days=DAYS)).date(), "fewest": FEWEST}
    shares = conn.execute(_SHARES, values).fetchall()
    unmatched = [
        f"{_model(row)}: {100 * row[2]:.0f} % name objects that no list and no day of any account mentions,"
        f" e.g. {row[4]}."
        for row in shares
        if row[2] > MOST
    ]
    late = [
        f"{_model(row)}: {100 * row[3]:.0f} % were made after the first day of their window, and may have seen it."
        for row in shares
        if row[3] > MOST
    ]
    units = list(_suspicions(conn, values))
    return {name: " ".join(said) or None for name, said in ((MATCHED, unmatched), (UNITS, units), (BEFORE, late))}


def _suspicions(conn: Connection, values: dict[str, Any]) -> Iterator[str]:
    """Only models whose medians are far apart are looked at closely."""
    for row in conn.execute(_RATES, values).fetchall():
        import numpy as np  # noqa: PLC0415 - only when something is odd

        from adtrack_pipeline.accuracy import fraction_suspicion  # noqa: PLC0415

        suspicion = fraction_suspicion(np.asarray(row[2]), np.asarray(row[3]))
        if suspicion:
            yield f"{_model(row)}: the predicted CTR {suspicion.sentence}"


def _model(row: tuple[Any, ...]) -> str:
    return f"{row[0]} {row[1]}"

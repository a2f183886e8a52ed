"""Where each prediction stands: its window, its status, and whether it could have seen what it foretells.

Belongs here: everything about days. Does not belong here: values.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import SUMS, Mask, Names, Status, days, flags, numbers


@dataclass(frozen=True)
class Standing:
    """Arrays of one length, one entry per prediction."""

    status: Names
    is_over: Mask  # every day of the window is over
    is_settled: Mask  # and its conversions are in
    is_ex_ante: Mask
    lengths: np.ndarray[tuple[int], np.dtype[np.float64]]  # days in the window


def standing(pairs: pd.DataFrame, *, today: date | None, settle_days: int) -> Standing:
    """See `compare` for what is decided here and why."""
    starts, ends = days(pairs, "window_start"), days(pairs, "window_end")
    is_final = flags(pairs, "is_final")
    if "today" in pairs.columns:
        now = days(pairs, "today")
    else:
        now = np.full(len(pairs), np.datetime64(today or "9999-12-31", "D"))
    knows_today = "today" in pairs.columns or today is not None
    made = days(pairs, "predicted_day" if "predicted_day" in pairs.columns else "predicted_at")
    is_over = ends < now
    settled = is_final | ((ends + np.timedelta64(settle_days, "D") < now) if knows_today else False)
    return Standing(
        status=_status(pairs, begun=starts <= now, is_final=is_final),
        is_over=is_over,
        is_settled=np.asarray(settled & is_over, dtype=bool),
        is_ex_ante=made <= starts,
        lengths=(ends - starts).astype(np.float64) + 1.0,
    )


def _status(pairs: pd.DataFrame, *, begun: Mask, is_final: Mask) -> Names:
    delivered = np.zeros(len(pairs), dtype=bool)
    for name in SUMS:
        delivered |= np.nan_to_num(numbers(pairs, name)) != 0
    status = np.where(is_final, Status.FINAL, Status.PROVISIONAL).astype(object)
    status[~delivered] = Status.NO_DELIVERY
    status[~flags(pairs, "is_matched")] = Status.UNMATCHED
    status[~(flags(pairs, "is_due") & begun)] = Status.PENDING
    return np.array([str(one) for one in status], dtype=object)

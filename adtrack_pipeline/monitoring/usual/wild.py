"""Hours that cannot be true, or that nothing can be learned from: one row of a billion.

Belongs here: recognising them from an ad's own days. Does not belong here: judging them (they are judged like any
other hour of their ad; they only teach nothing and speak for nobody else).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from adtrack_pipeline.monitoring.inputs.panel import Array, Index, Mask, Panel
from adtrack_pipeline.monitoring.usual.shape import daily

TIMES_USUAL = 20.0  # the usual best hour of a day; ramps and raises stay below it
DAYS, LEAST_DAYS = 7, 3
COUNTED = ("impressions", "clicks", "spend", "conversions", "revenue")


def wild_hours(panel: Panel, accounts: Index) -> Mask:
    """Hours with far more of anything than the best hours of the ad's last seven days, (hours, ads).

    The first week, in which nothing is judged, is compared with all of itself; an ad without a past of its own
    with the biggest of its account.
    """
    found = np.zeros(panel.metrics["impressions"].shape, bool)
    for name in COUNTED:
        if name in panel.metrics:
            days = daily(panel.metrics[name])
            best = np.nan_to_num(np.fmax.reduce(days, axis=1))
            line = TIMES_USUAL * _usual_best(best, accounts)
            found |= (days > line[:, None]).reshape(found.shape)
    return found


def _usual_best(best: Array, accounts: Index) -> Array:
    """Median of the days on which there was anything; `best` is (days, ads)."""
    some = np.where(best > 0, best, np.inf)
    padded = np.concatenate([np.full((DAYS - 1, best.shape[1]), np.inf), some])
    week = np.sort(sliding_window_view(padded, DAYS, axis=0), axis=-1)
    week[: DAYS - 1] = week[min(DAYS, len(best)) - 1]
    known = np.isfinite(week).sum(axis=-1)
    middle = np.take_along_axis(week, (np.maximum(known - 1, 0) // 2)[..., None], axis=-1)[..., 0]
    usual = np.where(known >= LEAST_DAYS, middle, 0.0)
    for account in np.unique(accounts):
        member = accounts == account
        biggest = usual[:, member].max(axis=1, keepdims=True)
        usual[:, member] = np.where(usual[:, member] > 0, usual[:, member], biggest)
    return np.where(usual > 0, usual, np.inf)

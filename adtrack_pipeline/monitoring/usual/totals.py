"""What the ads of each account come to together, by hour.

Belongs here: one walk over all ads for every sum that expectations need. Does not belong here: sums of
expectations (`found/groups.py`).
"""

from collections.abc import Mapping
from itertools import islice

import numpy as np

from adtrack_pipeline.monitoring.inputs.adding import sums_of_all
from adtrack_pipeline.monitoring.inputs.panel import Array, Mask
from adtrack_pipeline.monitoring.usual.accounts import Accounts, Block
from adtrack_pipeline.monitoring.usual.exhaustion import gap_ends
from adtrack_pipeline.monitoring.usual.ratios import kinds

REPORTED, PAID, DELIVERED, GAP_ENDS = "reported", "paid", "delivered", "gap_ends"


def hourly_totals(accounts: Accounts) -> Mapping[str, Array]:
    """Sums by account, (number of sums, hours, accounts).

    For each ratio its observed, exposure and events; `delivered` are impressions, all without wild hours;
    `reported` and `paid` are impressions and spend of every hour, `gap_ends` ads that deliver again after some
    hours of silence.
    """
    names: list[tuple[str, int]] = []

    def read(ads: slice) -> list[Array | Mask]:
        counted = _counted(accounts.block(ads))
        names[:] = [(name, len(some)) for name, some in counted.items()]
        return [one for some in counted.values() for one in some]

    (sums,) = sums_of_all(read, accounts.slices, [accounts.groups])
    left = iter(sums)
    return {name: np.stack(list(islice(left, size))) for name, size in names}


def _counted(block: Block) -> dict[str, tuple[Array | Mask, ...]]:
    metrics, calm = block.panel.metrics, block.calm.metrics
    counted: dict[str, tuple[Array | Mask, ...]] = {
        DELIVERED: (calm["impressions"],),
        REPORTED: (metrics["impressions"],),
        PAID: (metrics["spend"],),
        GAP_ENDS: (gap_ends(metrics["impressions"], block.plan.active),),
    }
    for name, kind in kinds(calm).items():
        ratio = kind.of(calm)
        counted[name] = (ratio.observed, ratio.exposure, ratio.events)
    return counted

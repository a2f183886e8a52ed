"""Whole accounts that are judged together, and some hundred of their ads at a time.

Belongs here: what is worked on at once, so that working memory stays small and near however big an account is.
Does not belong here: what is worked out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from adtrack_pipeline.monitoring.inputs.adding import Groups
from adtrack_pipeline.monitoring.inputs.panel import PORTION, Index, Mask, Panel
from adtrack_pipeline.monitoring.inputs.plan import Plan
from adtrack_pipeline.monitoring.inputs.threads import side_by_side
from adtrack_pipeline.monitoring.usual.wild import wild_hours

R = TypeVar("R")


@dataclass(frozen=True)
class Block:
    """Some of the ads.

    Attributes:
        ads: which, of all.
        panel: what happened to them.
        plan: what was meant to happen.
        of: number of each one's account.
        wild: hours that nothing can be learned from, (hours, ads).
    """

    ads: slice
    panel: Panel
    plan: Plan
    of: Index
    wild: Mask

    @cached_property
    def calm(self) -> Panel:
        """Without wild hours."""
        return self.panel.without(self.wild)


@dataclass(frozen=True)
class Accounts:
    """All ads of some accounts.

    Attributes:
        panel: what happened.
        plan: what was meant to happen.
        of: number of each ad's account, in order of first appearance.
        wild: hours that nothing can be learned from, (hours, ads).
    """

    panel: Panel
    plan: Plan
    of: Index
    wild: Mask

    @property
    def groups(self) -> Groups:
        """By account."""
        return Groups(self.of, int(self.of.max(initial=-1)) + 1)

    @cached_property
    def slices(self) -> list[slice]:
        """The ads of each block."""
        size = len(self.of)
        return [slice(first, min(first + PORTION, size)) for first in range(0, size, PORTION)]

    def block(self, ads: slice) -> Block:
        """These ads."""
        if len(self.slices) == 1:
            return self._whole
        return Block(ads, self.panel.take(ads), self.plan.take(ads), self.of[ads], self.wild[:, ads])

    @cached_property
    def _whole(self) -> Block:
        return Block(slice(0, len(self.of)), self.panel, self.plan, self.of, self.wild)

    def each(self, work: Callable[[Block], R]) -> Iterator[R]:
        """What `work` makes of each block, in their order."""
        return side_by_side(lambda ads: work(self.block(ads)), self.slices)


def read_accounts(panel: Panel, plan: Plan) -> Accounts:
    """The accounts of a panel."""
    numbers = panel.ads["account_id"].factorize()[0].astype("intp")
    return Accounts(panel, plan, numbers, wild_hours(panel, numbers))

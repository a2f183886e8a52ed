"""However big an account is, some hundred of its ads are worked on at a time: nobody sees that in the findings."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.monitoring.inputs import panel
from adtrack_pipeline.monitoring.inputs.adding import Groups, sum_by, sums_of_all
from adtrack_pipeline.monitoring.inputs.threads import side_by_side
from adtrack_pipeline.monitoring.usual import accounts
from tests.monitoring.panels import HOURS, Change, account, at, detected

EVENTS = [
    Change("ctr", 0.4, 15 * HOURS, 17 * HOURS),
    Change("cpm", 2.0, 18 * HOURS + 5, 20 * HOURS, (1,)),
    Change("size", 0.0, 19 * HOURS + 9, 21 * HOURS, (2,)),
    Change("cvr", 0.0, 22 * HOURS, 24 * HOURS, None),
    Change("size", 4.0, 25 * HOURS, 26 * HOURS, (3,)),
]


@pytest.mark.parametrize("since", [None, 22 * HOURS])
def test_an_account_of_more_ads_than_are_worked_on_at_once_is_judged_the_same(
    monkeypatch: pytest.MonkeyPatch, since: int | None
):
    frame = pd.concat([account(9, 30, changes=EVENTS), account(3, 30, seed=4, name="act_2")], ignore_index=True)
    frame.loc[(frame["ad_id"] == "a3") & (frame["ts"] == at(23 * HOURS)), "clicks"] = 1e7  # one wild hour
    asked = {"since": at(since) if since else None, "include_recorded": True}
    whole = detected(frame, **asked)
    for module in (accounts, panel):
        monkeypatch.setattr(module, "PORTION", 4)
    pd.testing.assert_frame_equal(detected(frame, **asked), whole)
    assert {"account", "ad"} <= set(whole["level"])


def test_accounts_that_lie_a_year_apart_are_judged_as_if_each_were_alone():
    early, late = account(6, 30, changes=EVENTS), account(6, 30, changes=EVENTS, seed=4, name="act_2")
    late = late.assign(ts=late["ts"] + pd.Timedelta(days=364))
    both = detected(pd.concat([early, late], ignore_index=True))
    alone = pd.concat([detected(early), detected(late)], ignore_index=True)
    pd.testing.assert_frame_equal(both, alone)
    assert set(both["account_id"]) == {"act_1", "act_2"}


def test_what_never_delivered_is_judged_without_a_word():
    nothing = account(3, 10).assign(impressions=0.0, clicks=0.0, spend=0.0, conversions=0.0, revenue=0.0)
    assert detected(nothing).empty
    assert detected(nothing, now=at(10 * HOURS)).empty


@given(
    group_of=st.lists(st.integers(0, 3), min_size=4, max_size=12).map(lambda some: [*range(4), *some]),
    size=st.integers(1, 7),
)
def test_sums_of_all_units_do_not_depend_on_how_many_are_read_at_a_time(group_of: list[int], size: int):
    groups, units = Groups(np.asarray(group_of), 4), len(group_of)
    values = np.arange(3.0 * units).reshape(3, units)
    slices = [slice(first, min(first + size, units)) for first in range(0, units, size)]
    ((sums, halves),) = sums_of_all(lambda ads: [values[:, ads], values[:, ads] / 2], slices, [groups])
    np.testing.assert_array_equal(sums, sum_by(values, groups.of))
    np.testing.assert_array_equal(halves, sums / 2)


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3, 4, 5]])
def test_what_is_done_side_by_side_comes_back_in_order(items: list[int]):
    assert list(side_by_side(lambda item: 10 * item, items)) == [10 * item for item in items]


def test_a_mistake_in_one_piece_of_work_is_not_lost():
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda item: 1 // item, [1, 0, 2]))

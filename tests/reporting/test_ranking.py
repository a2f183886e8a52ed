"""Leaders and laggards: enough delivery, no lucky order, nobody held against an aim it never had."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.reporting.ranking import Ranked, Ranking, rank, ranked_of
from tests.reporting.world import object_row


def ranking(*rows: dict[str, Any]) -> Ranking:
    found = rank([ranked_of(row) for row in rows])
    assert found is not None
    return found


def ids(listed: Any) -> list[str]:
    return [one.object_id for one in listed]


USUAL = [object_row(f"u{n}", revenue=2_000.0 + n) for n in range(4)]


def test_the_best_stand_above_the_average_and_the_weakest_below_it():
    found = ranking(*USUAL, object_row("best", revenue=9_000.0), object_row("worst", revenue=100.0))
    assert found.metric.name == "roas"
    assert ids(found.top) == ["best"]
    assert ids(found.bottom)[0] == "worst"
    assert not set(ids(found.top)) & set(ids(found.bottom))


def test_one_lucky_order_on_next_to_no_spend_does_not_win():
    lucky = object_row("lucky", spend=2.0, conversions=1.0, revenue=500.0, impressions=1_500.0)
    found = ranking(*USUAL, lucky)
    assert "lucky" not in ids(found.top)
    assert found.left_out == 1


def test_where_nothing_is_sold_conversions_decide_and_where_nothing_converts_clicks_do():
    leads = [object_row(str(n), revenue=0.0, conversions=10.0 * n) for n in range(1, 6)]
    assert ranking(*leads).metric.name == "cpa"
    assert ids(ranking(*leads).top)[0] == "5"
    views = [object_row(str(n), revenue=0.0, conversions=0.0, clicks=100.0 * n) for n in range(1, 6)]
    assert ranking(*views).metric.name == "ctr"
    assert ids(ranking(*views).top)[0] == "5"


def test_a_campaign_for_leads_is_not_the_weakest_by_a_roas_it_never_aimed_at():
    found = ranking(*USUAL, object_row("leads", sells="f", revenue=0.0, conversions=0.0))
    assert "leads" not in ids(found.bottom)
    assert found.ranked == 4


def test_late_conversions_are_accounted_for_where_they_are_known():
    one = ranked_of(object_row("young", revenue=100.0, revenue_nowcast=400.0, conversions_nowcast=80.0))
    assert (one.sums.revenue, one.sums.conversions) == (400.0, 80.0)


def test_an_object_without_a_name_is_called_by_its_id():
    assert ranked_of(object_row("77", name=None)).name == "77"
    assert ranked_of(object_row("77", name="  ")).name == "77"


def test_nothing_delivered_is_no_ranking():
    assert rank([]) is None


def test_money_of_another_currency_is_converted_before_it_is_ranked():
    one = ranked_of(object_row("yen", spend=1_000.0, revenue=3_000.0), rate=0.01, account="Sakura")
    assert (one.sums.spend, one.sums.revenue, one.spend_yesterday, one.account) == (10.0, 30.0, 1.0, "Sakura")


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e4), st.floats(0, 1e7)),
        min_size=1,
        max_size=30,
    )
)
def test_no_object_is_both_best_and_weakest_and_none_is_lost(rows: list[tuple[float, float, float, float]]):
    objects: list[Ranked] = [
        ranked_of(object_row(str(n), spend=spend, revenue=revenue, conversions=orders, impressions=seen))
        for n, (spend, revenue, orders, seen) in enumerate(rows)
    ]
    found = rank(objects)
    if found is not None:
        assert not set(ids(found.top)) & set(ids(found.bottom))
        assert found.ranked + found.left_out <= len(objects)
        assert max(len(found.top), len(found.bottom)) <= 5

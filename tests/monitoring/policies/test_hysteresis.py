"""Fires on crossing, stays until it is back behind the clear line, does not flicker in between."""

from hypothesis import given, settings
from hypothesis import strategies as st

from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.monitoring.policies import Policies
from tests.monitoring.policies.world import account, budget, day, frames, judge, policies

CTR, CPC = "ctr_below_target:ctr:meta:1:campaign:c", "cpc_high:cpc:meta:1:campaign:c"
EXCEEDED, DEPLETED = "budget_exceeded:spend:meta:1:campaign:c", "budget_depleted:spend:meta:1:campaign:c"
FEW = settings(max_examples=12, deadline=None)
BACK = st.floats(0, 90)
RULES = policies("thresholds: {ctr: {below: 5}, roas: {below: null}, frequency: {above: null}}")


def held(clicks: int, spend: float, *open_keys: str, rules: Policies = RULES, impressions: int = 1000) -> set[str]:
    rows = [day(n, impressions=impressions, clicks=clicks, spend=spend) for n in range(4)]
    return {one.key for one in judge(frames(rows), rules, open_keys=frozenset(open_keys))}


def test_a_low_ratio_opens_below_the_line_and_closes_at_the_clear_line():
    assert CTR not in held(50, 0)
    assert CTR in held(49, 0)
    assert CTR in held(54, 0, CTR)
    assert CTR not in held(55, 0, CTR)


def test_a_high_cost_opens_above_the_line_and_closes_at_the_clear_line():
    assert CPC not in held(100, 200)
    assert CPC in held(100, 200.5)
    assert CPC in held(100, 180.5, CPC)
    assert CPC not in held(100, 180, CPC)


def test_the_key_of_another_object_holds_nothing_open():
    assert CTR not in held(54, 0, CTR.replace(":c", ":d"))


def test_what_is_open_stays_judged_on_less_volume():
    assert CTR not in held(1, 0, impressions=100)
    assert CTR in held(1, 0, CTR, impressions=100)


def held_of_many(many: list[tuple[int, float]], open_keys: frozenset[str], rules: Policies = RULES) -> set[str]:
    """One campaign per pair of clicks and spend."""
    rows = [
        day(n, campaign_id=f"c{place}", impressions=1000, clicks=clicks, spend=spend)
        for place, (clicks, spend) in enumerate(many)
        for n in range(4)
    ]
    return {one.key for one in judge(frames(rows), rules, open_keys=open_keys)}


@FEW
@given(many=st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 5000)), min_size=1, max_size=40), back=BACK)
def test_whatever_opens_would_also_stay_open(many: list[tuple[int, float]], back: float):
    rules = policies(
        f"thresholds: {{ctr: {{below: 5, clear_pct: {back!r}}}, cpc: {{above: 2, clear_pct: {back!r}}},"
        " roas: {below: null}, frequency: {above: null}}"
    )
    every_key = frozenset(f"{key}{place}" for key in (CTR, CPC) for place in range(len(many)))
    assert held_of_many(many, frozenset(), rules) <= held_of_many(many, every_key, rules)


@FEW
@given(steps=st.lists(st.lists(st.integers(46, 59), min_size=10, max_size=10), min_size=2, max_size=8))
def test_between_the_lines_nothing_changes(steps: list[list[int]]):
    """From step to step an alert opens only below 5.0 % and ends only at 5.5 % or more."""
    open_keys: set[str] = set()
    for step in steps:
        now_open = held_of_many([(clicks, 0.0) for clicks in step], frozenset(open_keys))
        for place, clicks in enumerate(step):
            key = f"{CTR}{place}"
            if (key in now_open) != (key in open_keys):
                assert clicks < 50 if key in now_open else clicks >= 55
        open_keys = now_open


def of_budget(spent: float, *open_keys: str) -> list[Condition]:
    world = frames([day(0, spend=spent)], budgets=[budget(daily_budget=100)])
    return judge(world, open_keys=frozenset(open_keys))


@FEW
@given(spent=st.floats(0, 1000), limit=st.floats(0.01, 1000))
def test_a_budget_that_opens_an_alert_would_also_keep_it_open(spent: float, limit: float):
    world = frames([day(0, spend=spent)], budgets=[budget(daily_budget=limit)])
    opened = {one.key for one in judge(world)}
    assert opened <= {one.key for one in judge(world, open_keys=frozenset({EXCEEDED, DEPLETED}))}


def test_an_alert_about_a_budget_ends_when_the_budget_is_raised_enough():
    assert [one.key for one in of_budget(86, DEPLETED)] == [DEPLETED]
    assert of_budget(85, DEPLETED) == []
    assert EXCEEDED in {one.key for one in of_budget(96, EXCEEDED)}
    assert EXCEEDED not in {one.key for one in of_budget(95, EXCEEDED)}


def test_a_success_rate_must_pass_the_line_to_be_well_again():
    def is_failing(failed: int, *open_keys: str) -> bool:
        world = frames(accounts=[account(succeeded=1000 - failed, failed=failed)])
        return "sync_failing" in {one.alert_type for one in judge(world, open_keys=frozenset(open_keys))}

    key = "sync_failing:success_rate:meta:1:account:1"
    assert (is_failing(50), is_failing(51)) == (False, True)
    assert (is_failing(32, key), is_failing(31, key)) == (True, False)

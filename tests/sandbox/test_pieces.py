"""The pieces under the endpoints: grammar, cursors, presets, numbers without state, lives of ads."""

import json
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.sandbox.graph import paging
from adtrack_pipeline.sandbox.graph.errors import GraphError
from adtrack_pipeline.sandbox.graph.fields import parse_fields
from adtrack_pipeline.sandbox.graph.money import minimum_budgets, offset
from adtrack_pipeline.sandbox.graph.params import months_before, preset
from adtrack_pipeline.sandbox.graph.request import encode, read_request
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.simulation import naming
from adtrack_pipeline.sandbox.simulation.calendar import day_number
from adtrack_pipeline.sandbox.simulation.delivery import compute_block
from adtrack_pipeline.sandbox.simulation.hashing import uniform
from adtrack_pipeline.sandbox.simulation.incidents import incidents_between
from adtrack_pipeline.sandbox.simulation.layout import Plan, build_plans
from adtrack_pipeline.sandbox.simulation.lives import lives_between, lives_on
from adtrack_pipeline.sandbox.simulation.steering import adset_budgets
from adtrack_pipeline.sandbox.simulation.traits import traits_of

TODAY = day_number(date(2026, 11, 18))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build_plans(SandboxOptions(accounts=1, ads=150))[0]


def test_nested_fields_keep_their_modifiers_and_inner_fields() -> None:
    name, ads = parse_fields("name,ads.limit(5).effective_status(['ACTIVE','PAUSED']){id,insights{spend,actions}}")
    assert name.name == "name"
    assert ads.arguments == {"limit": "5", "effective_status": "['ACTIVE','PAUSED']"}
    assert [one.name for one in ads.inner] == ["id", "insights"]
    assert [one.name for one in ads.inner[1].inner] == ["spend", "actions"]


@pytest.mark.parametrize("text", ["name,ads{id", "ads}id{", "ads.limit(5", "na me", "ads{id}x"])
def test_fields_whose_brackets_do_not_close_are_a_syntax_error(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        parse_fields(text)
    assert refused.value.code == 2500


@given(st.integers(min_value=0, max_value=10**9))
def test_every_row_number_survives_its_cursor(row: int) -> None:
    cursor = paging.offset_cursor(row)
    assert "=" not in cursor
    assert paging.read_offset(cursor) == row


@given(st.text(alphabet="0123456789act_", min_size=1, max_size=30))
def test_every_object_id_survives_its_cursor_and_is_not_readable_in_it(object_id: str) -> None:
    cursor = paging.opaque_cursor(object_id)
    assert paging.read_opaque(cursor) == object_id
    assert len(object_id) < 4 or object_id not in cursor


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("last_7d", "2026-11-13", "2026-11-19"),
        ("last_28d", "2026-10-23", "2026-11-19"),
        ("this_month", "2026-11-01", "2026-11-20"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("last_week_mon_sun", "2026-11-09", "2026-11-15"),
        ("last_year", "2025-01-01", "2025-12-31"),
    ],
)
def test_presets_are_the_days_ads_manager_shows(name: str, since: str, until: str) -> None:
    found = preset(name, date(2026, 11, 20))
    assert [one.isoformat() for one in found] == [since, until]


def test_months_end_where_they_end() -> None:
    assert months_before(date(2026, 3, 31), 13) == date(2025, 2, 28)
    assert months_before(date(2026, 11, 20), 37) == date(2023, 10, 20)


def test_metas_own_offsets_differ_from_the_iso_standard() -> None:
    assert [offset(one) for one in ("USD", "EUR", "JPY", "HUF", "TWD", "COP", "KWD")] == [
        100,
        100,
        1,
        1,
        1,
        1,
        100,
    ]
    assert all(one["min_daily_budget_imp"] >= 1 for one in minimum_budgets())


def test_what_the_fast_encoder_refuses_is_still_valid_json() -> None:
    odd = {"name": "lone \ud800", "huge": 2**70}
    assert json.loads(encode(odd)) == odd


def test_parameters_come_from_query_form_or_json_and_the_body_wins() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    call = read_request("POST", "/v25.0/act_1/insights", "level=ad&limit=5", form, b"level=account", "http://x")
    assert (call.params["level"], call.params["limit"], call.version) == ("account", "5", "v25.0")
    sent = json.dumps({"time_range": {"since": "2026-11-01"}, "access_token": "t"}).encode()
    call = read_request(
        "POST", "/v25.0/act_1/insights", "", {"content-type": "application/json"}, sent, "http://x"
    )
    assert (json.loads(call.params["time_range"]), call.token) == ({"since": "2026-11-01"}, "t")


def test_numbers_without_state_are_even_and_unrelated() -> None:
    keys = np.arange(20_000)
    first, second = uniform(7, "one", keys), uniform(7, "two", keys)
    assert first.min() >= 0
    assert first.max() < 1
    assert abs(first.mean() - 0.5) < 0.01
    assert abs(float(np.corrcoef(first, second)[0, 1])) < 0.03
    assert np.array_equal(uniform(7, "one", keys[5:9]), first[5:9])


def test_every_slot_holds_one_ad_at_a_time_and_every_ad_is_listed(plan: Plan) -> None:
    listed = lives_between(plan, TODAY - 200, TODAY)
    spans: dict[int, list[tuple[int, int]]] = {}
    for slot, start, end in zip(listed.slot.tolist(), listed.start.tolist(), listed.end.tolist(), strict=True):
        spans.setdefault(slot, []).append((start, end))
    for ranges in spans.values():
        ranges.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    known = set(zip(listed.slot.tolist(), listed.generation.tolist(), strict=True))
    for day in (TODAY - 150, TODAY - 33, TODAY):
        lives = lives_on(plan, day)
        now_live = zip(lives.slot[lives.live].tolist(), lives.generation[lives.live].tolist(), strict=True)
        assert set(now_live) <= known


def test_ids_fit_64_bits_and_say_where_they_belong(plan: Plan) -> None:
    ids = naming.object_ids(plan, naming.AD, np.array([0, 199_999]), np.array([0, 99_999]))
    assert ids.max() < 2**63
    assert naming.parse_id(str(ids[1])) == (7, naming.AD, 0)
    assert naming.number_in(str(ids[1])) == 199_999 * naming.GENERATIONS + 99_999
    assert naming.parse_id("23842588888640185") is None


def test_budgets_hold_spend_back_except_when_they_run_away(plan: Plan) -> None:
    def share(day: int) -> np.ndarray:
        spend = np.bincount(plan.slot_adset, weights=compute_block(plan, day).spend.sum(axis=1))
        return np.asarray(spend / adset_budgets(plan, day * 24 + 12))

    found = np.concatenate([share(day) for day in range(TODAY - 60, TODAY, 5)])
    assert np.quantile(found, 0.9) < 1.25
    assert 0.4 < float(np.median(found)) < 1.0
    year = incidents_between(plan, (TODAY - 365) * 24, TODAY * 24)
    longest = max((one for one in year if one.kind.name == "spend_runaway"), key=lambda one: one.end - one.begin)
    assert share(longest.begin // 24 + 1)[plan.slot_adset[longest.slot]] > 1.5


def test_some_ads_wear_out_while_their_frequency_rises_and_most_do_not(plan: Plan) -> None:
    lives = lives_between(plan, TODAY - 200, TODAY)
    traits = traits_of(plan, lives.slot, lives.generation)
    month = np.full(len(lives.slot), 30.0)
    tired = traits.clicks_left(month) < 0.75
    assert 0.1 < tired.mean() < 0.35
    rise = traits.frequency_at(month) / traits.frequency_at(month * 0)
    assert rise[tired].min() > 1.15
    assert traits.clicks_left(month)[~tired].min() > 0.8


def test_a_day_costs_the_same_whatever_was_asked_before(plan: Plan) -> None:
    first = compute_block(plan, TODAY)
    compute_block(plan, TODAY - 1)
    again = compute_block(plan, TODAY)
    assert np.array_equal(first.impressions, again.impressions)
    assert np.array_equal(first.orders.known_at, again.orders.known_at)

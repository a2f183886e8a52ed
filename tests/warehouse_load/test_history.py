"""What was known when: any sequence of answers ends as the newest says, and every earlier state can be told."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adtrack_pipeline.warehouse.database import Database
from tests.warehouse_load.loading import at, load_rows, row, running

KNOWN_AT = """
    select ad_id, extract(day from date_day)::int, spend::int from (
        select ad_id, date_day, spend, was_withdrawn as absent from raw.insight_revisions
        where report = 'insights_daily' and observed_at <= %(t)s and %(t)s < superseded_at
        union all
        select ad_id, date_day, spend, withdrawn_at is not null from raw.insights_daily where fetched_at <= %(t)s
    ) known where not absent
"""
State = dict[tuple[str, int], int]

_answers = st.lists(
    st.tuples(
        st.integers(1, 3),  # first day of the window
        st.integers(0, 2),  # further days
        st.dictionaries(st.tuples(st.sampled_from("123"), st.integers(1, 5)), st.integers(1, 3), max_size=9),
    ),
    min_size=1,
    max_size=7,
)


def _known_at(conn: psycopg.Connection[Any], instant: datetime) -> State:
    return {(ad, number): spend for ad, number, spend in conn.execute(KNOWN_AT, {"t": instant}).fetchall()}


@given(answers=_answers, order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_in_order_can_all_be_told_later(
    database: Database, conn: psycopg.Connection[Any], answers: list[Any], order: Any
) -> None:
    conn.execute("truncate raw.insights_daily, raw.insight_revisions, ops.insight_coverage")
    states = asyncio.run(_load(database, answers, list(range(len(answers)))))
    for hours, state in enumerate(states):
        assert _known_at(conn, at(hours)) == state
    assert _known_at(conn, at(-1)) == {}

    conn.execute("truncate raw.insights_daily, raw.insight_revisions, ops.insight_coverage")
    shuffled = list(range(len(answers)))
    order.shuffle(shuffled)
    asyncio.run(_load(database, answers, shuffled))
    assert _known_at(conn, at(99)) == states[-1]


async def _load(database: Database, answers: list[Any], order: list[int]) -> list[State]:
    """Load answers in an order (each asked for at its own hour); the states they amount to, hour by hour."""
    async with running(database, "run-1") as loading:
        for hours in order:
            first, more, content = answers[hours]
            days = (first, first + more)
            rows = [row(ad, n, spend=str(spend)) for (ad, n), spend in content.items() if days[0] <= n <= days[1]]
            await load_rows(loading, hours, rows, days=days)
    states: list[State] = []
    state: State = {}
    for first, more, content in answers:
        window = range(first, first + more + 1)
        outside = {key: spend for key, spend in state.items() if key[1] not in window}
        state = outside | {key: spend for key, spend in content.items() if key[1] in window}
        states.append(state)
    return states

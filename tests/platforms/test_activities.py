"""The change log of an account, as Meta writes it, as rows of our own."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adtrack_pipeline.platforms.base import Account, Activity, CallStats
from adtrack_pipeline.platforms.meta import MetaClient
from tests.platforms.scripted import Reply, ScriptedGraph, rows

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def event(**changed: Any) -> dict[str, Any]:
    return {
        "event_type": "update_campaign_budget", "event_time": "2026-11-01T10:00:00+0000", "actor_id": "7",
        "actor_name": "Ann", "object_id": "c1", "object_name": "Spring", "object_type": "CAMPAIGN",
        "extra_data": '{"old_value":100,"new_value":200}', "translated_event_type": "Budget updated", **changed,
    }  # fmt: skip


async def read(client: MetaClient, account: Account) -> tuple[list[Activity], list[Any]]:
    taken: list[Activity] = []
    rejected: list[Any] = []
    async for page in client.activities(account, SINCE, UNTIL, stats=CallStats()):
        taken += page.activities
        rejected += page.rejected
    return taken, rejected


async def test_a_change_is_read_with_its_details_unwrapped(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on("/activities", rows(event()))
    (taken,), _ = await read(client, account)
    assert json.loads(taken.extra_data or "") == {"old_value": 100, "new_value": 200}
    assert taken.event_at == "2026-11-01T10:00:00+00:00"
    assert graph.calls[0].params["since"] == str(int(SINCE.timestamp()))
    assert graph.calls[0].params["until"] == str(int(UNTIL.timestamp()))


async def test_a_change_keeps_its_key_when_names_or_the_language_change(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    renamed = event(object_name="Summer", actor_name="Ann B.", translated_event_type="Presupuesto actualizado")
    graph.on("/activities", rows(event(), renamed))
    taken, _ = await read(client, account)
    assert taken[0].activity_key == taken[1].activity_key


@pytest.mark.parametrize(
    "changed",
    [
        {"event_time": "2026-11-01T10:00:01+0000"},
        {"object_id": "c2"},
        {"actor_id": "8"},
        {"event_type": "update_campaign_name"},
        {"extra_data": '{"old_value":100,"new_value":300}'},
    ],
)
async def test_different_changes_have_different_keys(
    graph: ScriptedGraph, client: MetaClient, account: Account, changed: dict[str, str]
) -> None:
    graph.on("/activities", rows(event(), event(**changed)))
    taken, _ = await read(client, account)
    assert taken[0].activity_key != taken[1].activity_key


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("plain text", '"plain text"'),
        ("", None),
        (None, None),
        ({"a": 1}, '{"a":1}'),
        ('{"a":NaN}', '{"a":"NaN"}'),
    ],
)
async def test_details_of_any_shape_are_stored_as_json(
    graph: ScriptedGraph, client: MetaClient, account: Account, sent: Any, stored: str | None
) -> None:
    graph.on("/activities", rows(event(extra_data=sent)))
    (taken,), _ = await read(client, account)
    assert taken.extra_data == stored


async def test_nul_inside_wrapped_details_cannot_reach_the_database(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on("/activities", Reply({"data": [event(extra_data='{"name":"a\\u0000b"}')]}))
    (taken,), _ = await read(client, account)
    assert "u0000" not in (taken.extra_data or "")


@pytest.mark.parametrize(
    "broken", [event(event_type=None), event(event_time="soon"), event(event_time=None), 5, None]
)
async def test_an_entry_without_type_or_time_is_refused_alone(
    graph: ScriptedGraph, client: MetaClient, account: Account, broken: Any
) -> None:
    graph.on("/activities", Reply({"data": [broken, event()]}))
    taken, rejected = await read(client, account)
    assert len(taken) == 1
    assert len(rejected) == 1

"""When the API version and the token end, and that the token is not asked about every hour."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.defs.monitoring.platform_facts import platform_facts
from adtrack_pipeline.settings import Settings
from tests.platforms.scripted import Reply, ScriptedGraph, failure, serving

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
Connection = psycopg.Connection[Any]


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedGraph]:
    with serving(ScriptedGraph()) as server:
        monkeypatch.setenv("META_ACCESS_TOKEN", "EAAsecret-word")
        monkeypatch.setenv("META_GRAPH_URL", server.url)
        server.on("/debug_token", Reply({"data": {"is_valid": True, "expires_at": int(END.timestamp())}}))
        yield server


def test_the_tokens_end_is_asked_for_once_and_remembered_half_a_day(conn: Connection, graph: ScriptedGraph):
    for hours in range(12):
        assert platform_facts(conn, Settings(), now=NOW + timedelta(hours=hours)).token_expires_at == END
    assert len(graph.calls) == 1
    platform_facts(conn, Settings(), now=NOW + timedelta(hours=12))
    assert len(graph.calls) == 2


def test_a_platform_that_refuses_leaves_what_was_known(conn: Connection, graph: ScriptedGraph):
    platform_facts(conn, Settings(), now=NOW)
    graph.on("/debug_token", failure(190, 463, "Session has expired"))
    assert platform_facts(conn, Settings(), now=NOW + timedelta(days=2)).token_expires_at == END


def test_a_token_without_an_end_is_remembered_as_such(conn: Connection, graph: ScriptedGraph):
    graph.on("/debug_token", Reply({"data": {"is_valid": True, "expires_at": 0}}))
    for hours in range(2):
        assert platform_facts(conn, Settings(), now=NOW + timedelta(hours=hours)).token_expires_at is None
    assert len(graph.calls) == 1


def test_the_token_itself_is_not_stored(conn: Connection, graph: ScriptedGraph):
    platform_facts(conn, Settings(), now=NOW)
    [row] = conn.execute("select value::text from ops.sync_state").fetchall()
    assert "secret-word" not in row[0]


def test_the_versions_end_comes_from_the_table_of_versions(
    conn: Connection, graph: ScriptedGraph, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("META_API_VERSION", "v24.0")
    facts = platform_facts(conn, Settings(), now=NOW)
    assert (facts.version_ends, facts.newest_version) == (date(2026, 10, 6), "v26.0")
    monkeypatch.setenv("META_API_VERSION", "v26.0")
    assert platform_facts(conn, Settings(), now=NOW).version_ends is None

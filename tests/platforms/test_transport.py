"""One request: retried, refused, or given up, and never with the token in sight."""

import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from adtrack_pipeline.platforms.base import Account, ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from tests.platforms.conftest import TOKEN, MakeClient, VirtualClock
from tests.platforms.reading import INSIGHTS, read_insights, row
from tests.platforms.scripted import Reply, ScriptedGraph, failure, rows

GOOD = rows(row())


@pytest.mark.parametrize(
    "fault",
    [
        Reply(b"<html><body>Service Unavailable</body></html>", 503, media="text/html"),
        Reply(b"<html>Sorry, something went wrong.</html>", 200, media="text/html"),
        Reply(b"Service Unavailable", 200),
        Reply(b"", 500),
        Reply(b'{"data":[{"ad_id":"11","impr', 200),
        Reply({"data": [row()]}, cut=40),
        Reply({"success": False}),
        Reply({"data": {"no": "list"}}),
        Reply(b"[]"),
        Reply({"data": []}, 502),
        failure(1, 99, status=500),
        failure(2, None, "Service temporarily unavailable", status=200),
        failure(999999, None, is_transient=True),
    ],
    ids=lambda reply: f"{reply.status}-{reply.raw()[:24]!r}",
)
async def test_a_passing_fault_is_retried_and_nothing_of_it_is_taken(
    graph: ScriptedGraph, client: MetaClient, account: Account, fault: Reply
) -> None:
    graph.on(INSIGHTS, fault, fault, GOOD)
    reading = await read_insights(client, account)
    assert reading.ads == ["11"]
    assert reading.stats.retries == 2
    assert reading.stats.api_calls == 3


async def test_pauses_between_tries_double_up_to_a_cap(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, Reply(b"", 503))
    with pytest.raises(PlatformError, match="HTTP 503"):
        await read_insights(client, account)
    assert virtual.slept == [1, 2, 4, 8, 16]


async def test_an_error_in_a_good_http_status_is_an_error(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, failure(190, 463, "Session has expired", status=200))
    with pytest.raises(PlatformError) as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.ALERT


@pytest.mark.parametrize(
    ("code", "subcode"), [(190, 463), (190, 460), (102, None), (10, None), (200, None), (294, None), (2635, None)]
)
async def test_token_and_permission_errors_are_never_retried(
    graph: ScriptedGraph, client: MetaClient, account: Account, code: int, subcode: int | None
) -> None:
    graph.on(INSIGHTS, failure(code, subcode, "no"))
    with pytest.raises(PlatformError) as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.ALERT
    assert len(graph.calls) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_without_a_reason_is_an_alert(
    graph: ScriptedGraph, client: MetaClient, account: Account, status: int
) -> None:
    graph.on(INSIGHTS, Reply({}, status))
    with pytest.raises(PlatformError, match=f"HTTP {status}") as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.ALERT


async def test_a_server_that_is_not_there_is_told_in_a_sentence(make_client: MakeClient, account: Account) -> None:
    client = make_client(base_url="http://127.0.0.1:9")
    with pytest.raises(PlatformError, match="could not be reached") as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.RETRY


async def test_the_token_travels_in_the_header_only(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row(), after="AA"), GOOD)
    await read_insights(client, account)
    for call in graph.calls:
        assert call.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in call.url
        assert "access_token" not in call.params


async def test_the_proof_is_sent_with_every_call_when_there_is_an_app_secret(
    graph: ScriptedGraph, make_client: MakeClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row(), after="AA"), GOOD)
    client = make_client(app_secret=SecretStr("app-secret"))
    await read_insights(client, account)
    # hex HMAC-SHA256(key="app-secret", message=token), computed with openssl
    assert {call.params["appsecret_proof"] for call in graph.calls} == {client._config.proof()}
    assert len(client._config.proof() or "") == 64
    assert "app-secret" not in str(graph.calls)


@pytest.fixture
def every_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO):
        yield caplog


async def test_no_secret_reaches_logs_errors_or_the_archive(
    graph: ScriptedGraph, make_client: MakeClient, account: Account, every_log: pytest.LogCaptureFixture
) -> None:
    client = make_client(app_secret=SecretStr("app-secret-canary"))
    proof = client._config.proof() or ""
    said = f"Malformed access token {TOKEN} in https://graph.facebook.com/?access_token={TOKEN}&appsecret_proof={proof}"
    graph.on(INSIGHTS, rows(row(), after="AA"), GOOD)
    graph.on("/act_1", failure(190, None, said))
    reading = await read_insights(client, account)
    with pytest.raises(PlatformError) as caught:
        await client.ping("act_1")
    everything = every_log.text + str(caught.value) + repr(caught.value) + repr(client._config)
    everything += b"".join(reading.bodies).decode() + repr(vars(caught.value))
    for secret in (TOKEN, "app-secret-canary", proof, "EAAleaked"):
        assert secret not in everything


async def test_the_archived_answer_is_the_data_as_it_came_without_paging(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row(unknown="kept"), after="AA"), GOOD)
    reading = await read_insights(client, account)
    assert json.loads(reading.bodies[0]) == {"data": [row(unknown="kept")]}


async def test_a_version_warning_is_logged_once(
    graph: ScriptedGraph, client: MetaClient, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    warning = {"X-Ad-Api-Version-Warning": "The call has been auto-upgraded from v24.0 to v25.0"}
    graph.on(INSIGHTS, Reply({"data": []}, headers=warning))
    await read_insights(client, account)
    await read_insights(client, account)
    assert caplog.text.count("auto-upgraded") == 1


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (rb'"a\u0000b"', "a\ufffdb"),
        (rb'"a\ud800b"', "a\ufffdb"),
        (rb'"a\udc00"', "a\ufffd"),
        (b'"a\xff"', "a\ufffd"),
        (b'"a\x00b"', "a\ufffdb"),
        (b'"a\nb"', "a\nb"),
        (rb'"\ud83c\udf89"', "\U0001f389"),
    ],
)
async def test_one_bad_name_never_fails_an_answer(
    graph: ScriptedGraph, client: MetaClient, account: Account, sent: bytes, stored: str
) -> None:
    body = json.dumps({"data": [row("11", ad_name="@"), row("12")]}).encode().replace(b'"@"', sent)
    graph.on(INSIGHTS, Reply(body))
    reading = await read_insights(client, account)
    assert reading.ads == ["11", "12"]
    assert reading.rows[0].ad_name == stored
    assert reading.stats.retries == 0
    archived = reading.bodies[0].decode("utf-8", "replace")
    assert "\x00" not in archived


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"9223372036854775808"])
async def test_a_number_that_is_no_json_costs_its_own_row_only(
    graph: ScriptedGraph, client: MetaClient, account: Account, number: bytes
) -> None:
    body = json.dumps({"data": [row("11"), row("bad", impressions="@")]}).encode().replace(b'"@"', number)
    graph.on(INSIGHTS, Reply(body))
    reading = await read_insights(client, account)
    assert reading.ads == ["11"]
    assert reading.rejected[0].reason.startswith("impressions")


async def test_bytes_calls_and_retries_are_counted(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    usage = {"X-Business-Use-Case-Usage": '{"5":[{"call_count":40,"total_time":62}]}'}
    graph.on(INSIGHTS, Reply(b"", 500), Reply({"data": [row()]}, headers=usage))
    stats = (await read_insights(client, account)).stats
    assert (stats.api_calls, stats.retries, stats.quota_used_pct) == (2, 1, 62.0)
    assert stats.bytes == len(Reply({"data": [row()]}).raw())

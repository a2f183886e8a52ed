"""`adtrack notify ...` as people call it, against a real database and a real receiver."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.cli import main
from adtrack_pipeline.cli.notify import deliver_once, known_lanes, sentence
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import Database
from tests.notify.receiving import SECRET, Receiver, running_receiver
from tests.notify.writing import metrics, write_alert, write_events

Conn = psycopg.Connection[Any]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, receiver: Receiver, database: Database, tmp_path: Path) -> None:
    monkeypatch.setenv("ADTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    monkeypatch.setenv("ADTRACK_WEBHOOK_URL", receiver.url + "/path-with-SECRETTOKEN")
    monkeypatch.setenv("ADTRACK_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("ADTRACK_ALLOW_PRIVATE_RECEIVERS", "true")


Result = tuple[int, str, str]


@pytest.fixture
def notify(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> Result:
        monkeypatch.setattr("sys.argv", ["adtrack", "notify", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        told = capsys.readouterr()
        return int(caught.value.code or 0), told.out, told.err

    return call


@pytest.mark.usefixtures("configured")
def test_a_test_message_arrives_signed_and_says_sandbox(notify: Any, receiver: Receiver):
    code, out, _ = notify("test", "webhook")
    assert (code, out) == (0, "Channel webhook: the test message arrived.\n")
    opened, ended = (one.verified() for one in receiver.got)
    assert (opened["change"], ended["change"]) == ("opened", "resolved")
    assert opened["environment"] == "SANDBOX"
    assert "test message" in opened["data"]["alert"]["message"]


@pytest.mark.usefixtures("configured")
def test_a_test_message_that_does_not_arrive_is_one_sentence_without_secrets(notify: Any, receiver: Receiver):
    receiver.otherwise = 500
    code, out, err = notify("test", "webhook")
    assert (code, out) == (1, "")
    assert err.strip() == "adtrack: Channel webhook: 127.0.0.1 answered 500."


@pytest.mark.usefixtures("configured")
def test_a_channel_that_does_not_exist_is_a_mistake_that_names_those_that_do(notify: Any):
    code, _, err = notify("test", "slak")
    assert code == 2
    assert "There is no channel slak. Channels: webhook." in err


@pytest.mark.usefixtures("configured")
def test_channels_lists_what_each_gets_and_no_secret(notify: Any):
    code, out, _ = notify("channels", "--json")
    [row] = json.loads(out)
    assert code == 0
    assert (row["channel"], row["kind"], row["for"]) == ("webhook", "webhook", "machines")
    assert "campaign.budget_exceeded" in row["events"]
    assert "SECRETTOKEN" not in out + notify("channels")[1]


def test_without_channels_every_command_says_what_to_set(
    notify: Any, monkeypatch: pytest.MonkeyPatch, database: Database, tmp_path: Path
):
    monkeypatch.setenv("ADTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    assert "ADTRACK_SLACK_WEBHOOK_URL" in notify("channels")[1]
    assert "ADTRACK_SLACK_WEBHOOK_URL" in notify("status")[1]
    code, _, err = notify("deliver")
    assert code == 2
    assert "No channel is configured" in err


@pytest.mark.usefixtures("configured")
def test_deliver_sends_what_waits_and_status_tells_it(notify: Any, conn: Conn, receiver: Receiver):
    write_events(conn, metrics("c1"), metrics("c2"))
    write_alert(conn)
    code, out, _ = notify("deliver")
    assert (code, out) == (0, "webhook: 3 delivered\n")
    code, out, _ = notify("status", "--json")
    [row] = json.loads(out)
    assert (code, row["delivered"], row["waiting"], row["dead"]) == (0, 3, 0, 0)


@pytest.mark.usefixtures("configured")
def test_status_tells_what_waits_and_why(notify: Any, conn: Conn, receiver: Receiver):
    write_events(conn, metrics("c1"), metrics("c2"))
    receiver.otherwise = 503
    assert notify("deliver")[0] == 3
    code, out, _ = notify("status")
    assert code == 3
    assert "127.0.0.1 answered 503" in out
    [row] = json.loads(notify("status", "--json")[1])
    assert (row["waiting"], row["failures"]) == (2, 1)


@pytest.mark.usefixtures("configured")
def test_retry_sends_again_what_was_given_up(notify: Any, conn: Conn, receiver: Receiver):
    write_events(conn, metrics("c1", 1), metrics("c1", 2))
    notify("deliver")
    conn.execute(
        "insert into ops.deliveries (channel, event_id, state, reason) "
        "select 'webhook', event_id, 'dead', 'gave up' from ops.event_outbox"
    )
    receiver.got.clear()
    first = conn.execute("select event_id from ops.event_outbox order by seq").fetchone()
    assert first
    assert "To be sent again: 1 events." in notify("retry", "--event", str(first[0]))[1]
    assert notify("deliver")[1] == "webhook: 1 delivered\n"
    assert "To be sent again: 1 events." in notify("retry", "--channel", "webhook")[1]
    assert notify("deliver")[1] == "webhook: 1 delivered\n"
    assert [one.verified()["data"]["metrics"]["clicks"] for one in receiver.got] == [1, 2]
    assert conn.execute("select count(*) from ops.deliveries").fetchone() == (0,)


@pytest.mark.usefixtures("configured")
def test_retry_resumes_a_channel_that_was_switched_off(notify: Any, conn: Conn, receiver: Receiver):
    write_events(conn, metrics())
    receiver.otherwise = 410
    assert "410 Gone" in notify("deliver")[1]
    receiver.otherwise = 204
    assert notify("deliver")[1].startswith("webhook: 0 delivered")
    assert "Resumed: 1 channels" in notify("retry")[1]
    assert notify("deliver")[1] == "webhook: 1 delivered\n"


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("event", "says"),
    [("nonsense", "must be the id of an event"), ("4bc05d2c-de4c-49ec-b519-bf2f0017ec27", "was given up")],
)
def test_retrying_an_event_that_is_none_is_a_mistake(notify: Any, event: str, says: str):
    code, _, err = notify("retry", "--event", event)
    assert code == 2
    assert says in err


@pytest.mark.usefixtures("configured")
def test_a_run_without_a_daemon_makes_its_channels_known_first_and_delivers_at_its_end(
    conn: Conn, database: Database, receiver: Receiver
):
    lanes = known_lanes(load_settings(), database)
    assert conn.execute("select channel from ops.delivery_channels").fetchall() == [("webhook",)]
    write_events(conn, metrics())
    assert [sentence(one) for one in deliver_once(database, lanes)] == ["webhook: 1 delivered"]
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("configured")
def test_a_database_that_went_away_is_trouble_and_no_error_of_the_run(database: Database):
    lanes = known_lanes(load_settings(), database)
    [told] = deliver_once(replace(database, port=9), lanes)
    assert not told.is_fine
    assert "database went away" in sentence(told)


@pytest.mark.parametrize("command", ["test", "channels", "status", "retry", "deliver"])
def test_every_command_explains_itself_with_an_example(notify: Any, command: str):
    code, out, _ = notify(command, "--help")
    assert code == 0
    assert f"adtrack notify {command}" in out

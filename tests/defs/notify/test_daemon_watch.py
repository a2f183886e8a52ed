"""A dead daemon is told by somebody else: the supervisor of `adtrack up`, or a probe."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from typer.testing import CliRunner, Result

from adtrack_pipeline.cli.app import app
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.doctor import check_database
from adtrack_pipeline.services import ServiceError
from adtrack_pipeline.services.errors import KeepsEndingError
from adtrack_pipeline.services.heartbeat import SILENT_AFTER, Heartbeat, last_heartbeat
from adtrack_pipeline.services.up import _told_of_giving_up
from adtrack_pipeline.services.watching import DaemonWatch
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings
from tests.notify.receiving import SECRET, Receiver, running_receiver

Conn = psycopg.Connection[Any]
NOW = datetime.now(UTC)
Beat = Callable[..., None]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


@pytest.fixture
def settings(make_settings: MakeSettings, receiver: Receiver) -> Settings:
    return make_settings(
        ADTRACK_WEBHOOK_URL=receiver.url,
        ADTRACK_WEBHOOK_SECRET=SECRET,
        ADTRACK_ALLOW_PRIVATE_RECEIVERS=True,
    )


@pytest.fixture
def beat(settings: Settings, database: Database) -> Beat:
    """Writes signs of life as Dagster's daemon does."""

    def write(minutes_ago: float = 0, kinds: tuple[str, ...] = ("SENSOR", "SCHEDULER")) -> None:
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        with open_instance(settings, database) as instance:
            for kind in kinds:
                instance.add_daemon_heartbeat(DaemonHeartbeat(at.timestamp(), kind, "one", []))

    return write


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watch(settings: Settings, database: Database, said: list[str]) -> DaemonWatch:
    """Of an `adtrack up` that has run for an hour."""
    one = DaemonWatch(settings, database, said.append)
    one._since = NOW - timedelta(hours=1)
    return one


def news(receiver: Receiver) -> list[tuple[str, str]]:
    bodies = [one.verified() for one in receiver.got]
    return [(body["alerttype"], body["change"]) for body in bodies]


def test_a_silent_daemon_is_told_once_and_delivered_without_it(
    watch: DaemonWatch, beat: Beat, receiver: Receiver, said: list[str]
):
    beat(minutes_ago=20)
    for _ in range(4):
        watch.look()
    assert news(receiver) == [("daemon_silent", "opened")]
    [body] = [one.verified() for one in receiver.got]
    assert body["severity"] == "critical"
    assert "has given no sign of life since" in body["data"]["alert"]["message"]
    assert len(said) == 1


def test_one_look_at_an_old_sign_of_life_is_no_proof(watch: DaemonWatch, beat: Beat, receiver: Receiver):
    beat(minutes_ago=20)
    watch.look()  # a machine that has just woken up
    beat()
    watch.look()
    assert receiver.got == []


def test_its_return_ends_the_alert(watch: DaemonWatch, beat: Beat, conn: Conn):
    beat(minutes_ago=20)
    watch.look()
    watch.look()
    beat()
    watch.look()
    assert conn.execute("select status from ops.alerts").fetchall() == [("resolved",)]
    changes = conn.execute("select change from ops.event_outbox order by seq").fetchall()
    assert changes == [("opened",), ("resolved",)]  # the second is for the daemon to deliver


def test_a_daemon_that_was_just_started_has_time(settings: Settings, database: Database, beat: Beat, conn: Conn):
    beat(minutes_ago=600)
    watch = DaemonWatch(settings, database, print)
    watch.look()
    watch.look()
    assert conn.execute("select count(*) from ops.alerts").fetchone() == (0,)


def test_one_silent_part_is_enough_and_parts_that_nobody_runs_do_not_count(beat: Beat, conn: Conn):
    beat()
    beat(minutes_ago=9_000, kinds=("EVENT_LOG_CONSUMER",))
    assert not last_heartbeat(conn).is_silent(datetime.now(UTC))
    beat(minutes_ago=20, kinds=("SCHEDULER",))
    assert last_heartbeat(conn).is_silent(datetime.now(UTC))


@pytest.mark.parametrize(
    ("ticks", "status", "is_silent"),
    [
        ((("SKIPPED", 1),), "DECLARED_IN_CODE", False),
        ((("SKIPPED", 30), ("FAILURE", 0)), "RUNNING", True),
        ((("SKIPPED", 30),), "STOPPED", False),
        ((), "RUNNING", False),
    ],
    ids=["ticks", "fails-only", "switched-off", "just-started"],
)
def test_a_daemon_whose_sensors_do_not_tick_tells_nobody_anything_either(
    beat: Beat, conn: Conn, ticks: tuple[tuple[str, float], ...], status: str, is_silent: bool
):
    beat()
    conn.execute(
        "insert into dagster.instigators (selector_id, repository_selector_id, status, instigator_type)"
        " values ('s', 'r', %s, 'SENSOR')",
        [status],
    )
    for outcome, minutes in ticks:
        conn.execute(
            "insert into dagster.job_ticks (job_origin_id, selector_id, status, type, timestamp)"
            " values ('o', 's', %s, 'SENSOR', now() at time zone 'UTC' - make_interval(mins => %s))",
            [outcome, int(minutes)],
        )
    now = datetime.now(UTC)
    found = last_heartbeat(conn)
    assert found.is_silent(now) is is_silent
    assert ("no sensor has ticked well since" in found.sentence(now)) is is_silent
    assert not found.is_silent(now, since=now)


def test_a_mistake_in_the_channels_is_said_once_and_the_alert_is_kept(
    make_settings: MakeSettings, database: Database, beat: Beat, conn: Conn, said: list[str]
):
    beat(minutes_ago=20)
    watch = DaemonWatch(make_settings(ADTRACK_WEBHOOK_URL="https://example.com"), database, said.append)
    watch._since = NOW - timedelta(hours=1)
    for _ in range(3):
        watch.look()
    assert len(said) == 1
    assert conn.execute("select alert_type from ops.alerts").fetchall() == [("daemon_silent",)]


def test_a_database_that_is_away_ends_no_supervisor(settings: Settings, said: list[str]):
    DaemonWatch(settings, Database("127.0.0.1", 1, "nobody", "none"), said.append).look()
    assert len(said) == 1


def test_giving_up_is_told_without_what_the_log_holds(settings: Settings, database: Database, receiver: Receiver):
    with pytest.raises(ServiceError, match="hunter2"), _told_of_giving_up(settings, database):
        raise KeepsEndingError("The code process keeps ending.", "password=hunter2")
    assert news(receiver) == [("adtrack_stopped", "opened")]
    assert b"The code process keeps ending." in receiver.got[0].body
    assert b"hunter2" not in receiver.got[0].body


def test_doctor_mentions_the_daemon_and_never_calls_it_a_fault(check: Any, settings: Settings, beat: Beat):
    def finding() -> tuple[bool | None, str]:
        own = Settings(_env_file=None, ADTRACK_HOME=settings.home)  # type: ignore[call-arg]
        [one] = [one for one in check_database(own) if one.subject == "daemon"]
        return one.ok, one.sentence

    assert finding() == (None, "No daemon has ever run on this database: adtrack up starts one.")
    beat()
    is_fine, sentence = finding()
    assert (is_fine, sentence.startswith("The daemon works")) == (True, True)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (None, "No daemon has ever run"),
        (NOW - timedelta(seconds=12), "last sign of life was 12 s ago"),
        (NOW - SILENT_AFTER - timedelta(seconds=1), "no sign of life since"),
    ],
    ids=["never", "alive", "silent"],
)
def test_each_state_has_its_sentence(at: datetime | None, words: str):
    assert words in Heartbeat(at).sentence(NOW)


@pytest.fixture
def check(settings: Settings, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Any:
    own = {
        "DATABASE_URL": database.url().get_secret_value(),
        "ADTRACK_SOURCE": "sandbox",
        "ADTRACK_WEBHOOK_URL": receiver.url,
        "ADTRACK_WEBHOOK_SECRET": SECRET,
        "ADTRACK_ALLOW_PRIVATE_RECEIVERS": "true",
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)

    def run(*options: str) -> Result:
        return CliRunner().invoke(app, ["status", *options])

    return run


def test_a_probe_can_ask_whether_the_daemon_works(check: Any, beat: Beat, receiver: Receiver):
    assert check("--check").exit_code == 1
    beat()
    alive = check("--check", "--tell")
    assert (alive.exit_code, alive.stdout.startswith("The daemon works")) == (0, True)
    assert receiver.got == []


def test_a_probe_can_tell_the_channels_too_and_does_so_once(check: Any, beat: Beat, receiver: Receiver):
    beat(minutes_ago=20)
    assert [check("--check", "--tell").exit_code for _ in range(2)] == [1, 1]
    assert news(receiver) == [("daemon_silent", "opened")]


def test_telling_without_checking_is_a_mistake(check: Any):
    assert check("--tell").exit_code == 2

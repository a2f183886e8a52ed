"""The sensor that delivers, ticked as Dagster ticks it; messages arrive at a real receiver."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import psycopg
import pytest

from adtrack_pipeline.definitions import build_definitions
from adtrack_pipeline.defs.notify.delivering import NOTHING, SENSOR, build_delivery_sensor, told
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.delivery import Drained
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings
from tests.notify.receiving import SECRET, Receiver, running_receiver
from tests.notify.writing import write_alert


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


def tick(settings: Any, database: Database) -> str:
    sensor = build_delivery_sensor(settings, listen_seconds=0)
    context = dg.build_sensor_context(resources={"pipeline": Pipeline(settings, database)})
    result = sensor(context)
    assert isinstance(result, dg.SkipReason)
    return str(result.skip_message)


def test_a_tick_delivers_and_launches_no_run(
    make_settings: MakeSettings, database: Database, conn: psycopg.Connection[Any], receiver: Receiver
):
    settings = make_settings(
        ADTRACK_WEBHOOK_URL=receiver.url,
        ADTRACK_WEBHOOK_SECRET=SECRET,
        ADTRACK_ALLOW_PRIVATE_RECEIVERS=True,
    )
    write_alert(conn)
    assert tick(settings, database) == "webhook: 1 delivered"
    assert receiver.got[0].verified()["environment"] == "SANDBOX"
    assert tick(settings, database) == "Nothing to deliver."
    assert conn.execute("select count(*) from dagster.runs").fetchone() == (0,)


def test_without_channels_a_tick_costs_nothing_and_says_what_to_set(make_settings: MakeSettings):
    assert tick(make_settings(), Database("192.0.2.1", 1, "nobody", "none")) == NOTHING


def test_a_channel_that_is_down_is_told_in_the_tick(make_settings: MakeSettings, database: Database, conn: Any):
    settings = make_settings(
        ADTRACK_SLACK_WEBHOOK_URL="http://127.0.0.1:9/services/T0/B0/secret", ADTRACK_ALLOW_PRIVATE_RECEIVERS=True
    )
    write_alert(conn)
    assert tick(settings, database) == "slack: 127.0.0.1 does not answer on port 9."


def test_a_mistake_in_the_configuration_fails_the_tick_with_its_sentence(
    make_settings: MakeSettings, database: Database
):
    with pytest.raises(ChannelError, match="needs ADTRACK_WEBHOOK_SECRET"):
        tick(make_settings(ADTRACK_WEBHOOK_URL="https://example.com"), database)


def test_the_sensors_are_on_from_the_start_and_start_no_job(definitions: dg.Definitions):
    sensors = {one.name: one for one in definitions.get_repository_def().sensor_defs}
    assert {SENSOR, "pipeline_health_sensor"} <= set(sensors)
    for name in (SENSOR, "pipeline_health_sensor"):
        assert sensors[name].default_status is dg.DefaultSensorStatus.RUNNING
        assert not sensors[name].has_jobs
        assert sensors[name].description


def test_simulated_data_says_so_in_the_sensors_description(make_settings: MakeSettings):
    sensors = build_definitions(make_settings()).get_repository_def().sensor_defs
    assert all("SANDBOX" in (one.description or "") for one in sensors if one.name == SENSOR)


def test_a_tick_tells_each_channel_in_few_words():
    drained = [Drained("a", delivered=2, refused=1), Drained("b"), Drained("c", given_up=1, trouble="down")]
    assert told(drained) == "a: 2 delivered, 1 refused; c: 1 given up, down"

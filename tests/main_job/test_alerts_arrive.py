"""From a simulated platform over HTTP to a message at a receiver: what the first runs tell, and only once."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.main_job.conftest import Installation
from tests.notify.receiving import SECRET, Receiver, running_receiver
from tests.postgres import PgServer
from tests.sandbox_server import running_sandbox

NOW = "2026-03-20T14:30:00Z"
POLICIES = """
thresholds:
  ctr: {below: 90.0, level: account, min_impressions: 100}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, pg_server: PgServer) -> Iterator[tuple[Installation, Receiver]]:
    """Two hourly runs of a small simulated world, with a webhook."""
    home = tmp_path_factory.mktemp("alerts")
    rules = home / "rules.yaml"
    rules.write_text(POLICIES)
    with (
        running_sandbox(accounts=1, ads=6, days=20, now=datetime.fromisoformat(NOW)) as server,
        pg_server.fresh_database() as database,
        running_receiver() as receiver,
    ):
        found = Installation(home, server.base_url, database.url().get_secret_value())
        found.env |= {
            "ADTRACK_NOW": NOW,
            "ADTRACK_INITIAL_DAYS": "20",
            "ADTRACK_INITIAL_HOURLY_DAYS": "20",
            "ADTRACK_POLICIES": str(rules),
            "ADTRACK_WEBHOOK_URL": receiver.url,
            "ADTRACK_WEBHOOK_SECRET": SECRET,
            "ADTRACK_ALLOW_PRIVATE_RECEIVERS": "true",
        }
        found.adtrack("run", "--json")
        server.client.post(f"{server.base_url}/sandbox/clock", json={"now": "2026-03-20T15:30:00Z"})
        found.adtrack("run", "--json", ADTRACK_NOW="2026-03-20T15:30:00Z")
        yield found, receiver


def test_a_crossed_line_is_one_alert_and_one_signed_message_after_two_runs(told: tuple[Installation, Receiver]):
    installation, receiver = told
    rows = installation.rows(
        "select alert_type, status, level from marts.performance_alerts where alert_type = 'ctr_below_target'"
    )
    assert rows == [{"alert_type": "ctr_below_target", "status": "open", "level": "account"}]
    events = [one.verified() for one in receiver.got]
    alerts = [one for one in events if one["type"] == "campaign.performance_alert"]
    assert [one["data"]["alert"]["alertType"] for one in alerts].count("ctr_below_target") == 1


def test_no_event_arrives_twice_and_none_is_missing(told: tuple[Installation, Receiver]):
    installation, receiver = told
    written = {row["event_id"] for row in installation.rows("select event_id from ops.event_outbox")}
    arrived = Counter(one.event_id for one in receiver.got)
    assert set(arrived) == written
    assert max(arrived.values()) == 1


def test_the_hours_news_of_a_campaign_are_told_in_the_run_that_brought_them(told: tuple[Installation, Receiver]):
    types = Counter(one.verified()["type"] for one in told[1].got)
    assert types["campaign.metrics_updated"] > 0


def test_the_command_line_lists_what_is_open(told: tuple[Installation, Receiver]):
    assert "ctr_below_target" in told[0].adtrack("alerts", "list", "--json").stdout

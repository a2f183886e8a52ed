"""Channels and routing in the one YAML file, secrets beside it, and variables that alone make a channel."""

from pathlib import Path
from typing import Any

import pytest

from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.delivery import build_lanes
from adtrack_pipeline.notify.delivery.lanes import ALL_TYPES, PEOPLE_TYPES
from adtrack_pipeline.settings import Settings, named_secret
from tests.notify.receiving import SECRET

SLACK = "https://hooks.slack.com/services/T0/B0/SECRETTOKEN"
FULL = """
channels:
  team:
    type: slack
    url: ${TEAM_SLACK}
  hook:
    type: webhook
    url: https://example.com/in
    secret: ${HOOK_SECRET}
    events: [campaign.metrics_updated]
  mail:
    type: email
    smtp: smtp://me:${MAIL_PASSWORD}@mail.example.com:587
    to: team@example.com
    from: adtrack@example.com
  bus: {type: nats, url: "nats://127.0.0.1:4222"}
  pager: {type: pagerduty, key: "${PD_KEY}", region: eu}
  asleep: {type: slack, url: "${NOT_SET}", enabled: false}
routing:
  - channels: [team, mail]
    min_severity: medium
    quiet_hours: {from: "22:00", to: "07:00", timezone: Europe/Berlin}
  - channels: "*"
    alert_types: tracking_outage
"""


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_SLACK", SLACK)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    Path(".env").write_text("PD_KEY=0123456789abcdef0123456789abcdef\n")


def lanes(text: str = "", **names: Any) -> dict[str, Any]:
    path = Path("policies.yaml")
    path.write_text(text)
    settings = Settings(**({"META_ACCESS_TOKEN": "t", "ADTRACK_POLICIES": path} | names))
    return {lane.name: lane for lane in build_lanes(settings)}


@pytest.mark.usefixtures("secrets")
def test_a_file_makes_channels_and_the_environment_and_dotenv_their_secrets():
    made = lanes(FULL)
    assert {name: lane.channel.kind for name, lane in made.items()} == {
        "team": "slack",
        "hook": "webhook",
        "mail": "email",
        "bus": "nats",
        "pager": "pagerduty",
    }
    assert made["hook"].wanted.types == ("campaign.metrics_updated",)
    assert made["bus"].wanted.types == ALL_TYPES
    assert made["team"].wanted.types == PEOPLE_TYPES


@pytest.mark.usefixtures("secrets")
def test_no_secret_is_in_what_a_lane_shows_of_itself():
    text = "".join(repr(lane) + str(vars(lane.channel)) for lane in lanes(FULL).values() if lane.name == "mail")
    assert "hunter2" not in text


def test_nothing_configured_is_no_channel():
    assert lanes() == {}


def test_single_variables_make_channels_with_sensible_defaults():
    made = lanes(
        ADTRACK_SLACK_WEBHOOK_URL=SLACK,
        ADTRACK_WEBHOOK_URL="https://example.com/in",
        ADTRACK_WEBHOOK_SECRET=SECRET,
        ADTRACK_SMTP_URL="smtp://mail.example.com",
        ADTRACK_EMAIL_TO="a@example.com, b@example.com",
        ADTRACK_NATS_URL="nats://127.0.0.1:4222",
        ADTRACK_PAGERDUTY_KEY="0" * 32,
        ADTRACK_APPRISE_URLS="json://example.com xml://example.com",
    )
    assert set(made) == {"slack", "webhook", "email", "nats", "pagerduty", "apprise", "apprise-2"}
    assert made["pagerduty"].wanted.severities == ("high", "critical")
    assert made["slack"].wanted.severities is None


def test_simulated_data_is_marked_on_every_lane():
    assert lanes(ADTRACK_SLACK_WEBHOOK_URL=SLACK)["slack"].is_sandbox is False
    made = lanes(META_ACCESS_TOKEN=None, ADTRACK_SLACK_WEBHOOK_URL=SLACK)
    assert made["slack"].is_sandbox is True


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("channels: {a: {type: slack, url: 'https://hooks.slack.com/SECRETTOKEN'}}", "is a secret"),
        ("channels: {a: {type: nats, url: 'nats://me:SECRETTOKEN@host'}}", "holds a password"),
        ("channels: {a: {type: slack}}", "channels.a.url is missing"),
        ("channels: {a: {type: fax, url: x}}", "channels.a.type must be one of 'apprise'"),
        ("channels: {a: {type: slack, url: '${X}', colour: red}}", "colour is not known here"),
        ("channels: {'a b': {type: slack, url: '${X}'}}", "channel name"),
        ("channels: {a: {type: webhook, url: x, secret: '${X}', events: [campaign.moved]}}", "events"),
        ("routing: [{channels: a, quiet_hours: {from: '25:00', to: '07:00'}}]", "time of day"),
        ("routing: [{channels: a, digest: {at: '08:00', timezone: Mars/Base}}]", "time zone"),
        ("routing: [{channels: a, min_severity: loud}]", "min_severity"),
        ("routing: [{min_severity: low}]", "channels is missing"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line_and_no_secret(text: str, says: str):
    with pytest.raises(PoliciesError) as caught:
        lanes("\n\n" + text)
    assert says in str(caught.value)
    assert "line 3" in str(caught.value)
    assert "SECRETTOKEN" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "names", "says"),
    [
        ("channels: {a: {type: slack, url: '${NOT_SET}'}}", {}, "Channel a: ${NOT_SET} is not set"),
        ("routing: [{channels: nobody}]", {}, "routing names the channel nobody, which does not exist"),
        (
            "channels: {slack: {type: nats, url: 'nats://h'}}",
            {"ADTRACK_SLACK_WEBHOOK_URL": SLACK},
            "Two channels are called slack",
        ),
        ("", {"ADTRACK_WEBHOOK_URL": "https://example.com"}, "needs ADTRACK_WEBHOOK_SECRET"),
        ("", {"ADTRACK_SMTP_URL": "smtp://host"}, "needs ADTRACK_EMAIL_TO"),
        ("", {"ADTRACK_NATS_URL": "http://host"}, "Channel nats: url must be"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(text: str, names: dict[str, str], says: str):
    with pytest.raises(ChannelError) as caught:
        lanes(text, **names)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_secret_comes_from_the_environment_before_dotenv(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("MINE=from-file\nEMPTY=\n")
    found = named_secret("MINE")
    assert found is not None
    assert found.get_secret_value() == "from-file"
    monkeypatch.setenv("MINE", "from-environment")
    found = named_secret("MINE")
    assert found is not None
    assert found.get_secret_value() == "from-environment"
    assert "from-environment" not in repr(found)
    assert named_secret("EMPTY") is None
    assert named_secret("NEVER_SET") is None

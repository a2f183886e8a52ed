"""Slack's webhook, played by a real HTTP server: one message per batch, harmless text, its limits."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels import slack
from adtrack_pipeline.notify.channels.errors import GoneError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.slack import SlackChannel, document, escape
from adtrack_pipeline.notify.channels.summary import summarise
from tests.notify.receiving import Receiver, running_receiver
from tests.notify.sample import alert_message

NASTY = "<!channel> <@U123> <https://evil.example|click> & *bold* _it_ ~no~ `code`\n\n> quote 🎉 \u202egnp.exe"
OUR_LINK = "<https://adsmanager.facebook.com/adsmanager/manage/campaigns?act=111|Ads Manager>"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        one.otherwise = 200
        yield one


def channel(receiver: Receiver) -> SlackChannel:
    return SlackChannel("slack", SecretStr(receiver.url + "/services/T0/B0/SECRETTOKEN"), allow_private=True)


def texts(body: dict[str, Any]) -> list[str]:
    """Every text Slack would interpret."""
    found = [body["text"]]
    for block in body["blocks"]:
        found += [part["text"] for part in [block.get("text"), *block.get("elements", [])] if part]
    return found


async def test_several_alerts_are_one_message(receiver: Receiver):
    await channel(receiver).send([alert_message(n, name=f"Campaign {n}") for n in range(3)])
    [got] = receiver.got
    body = json.loads(got.body)
    assert got.path == "/services/T0/B0/SECRETTOKEN"
    assert body["text"] == "3 alerts"
    assert all(f"Campaign {n}" in str(body["blocks"]) for n in range(3))


def test_an_alert_says_what_since_when_how_much_and_where():
    text = str(document(summarise([alert_message(7)])))
    for part in (
        "HIGH",
        "CTR drop",
        "Spring sale",
        "CTR fell by half",
        "120.00 EUR",
        "Acme",
        "2026-03-08 12:00 UTC",
    ):
        assert part in text


def test_markup_links_mentions_and_newlines_in_names_are_harmless():
    body = document(summarise([alert_message(name=NASTY, text=NASTY, account_name=NASTY)]))
    for text in (one.replace(OUR_LINK, "") for one in texts(body)):
        assert "<" not in text
        assert ">" not in text.replace("&gt;", "")
        assert "*bold*" not in text
        assert "`code`" not in text
        assert "\u202e" not in text
    assert "🎉" in str(body["blocks"])
    first = body["blocks"][0]["text"]["text"].splitlines()
    assert len(first) == 2, "a newline in a name made a line of its own"


def test_a_ready_made_entity_stays_what_was_written():
    assert escape("a &lt; b") == "a &amp;lt; b"


def test_a_thousand_alerts_are_one_readable_digest_with_the_costliest_first():
    messages = [
        alert_message(n, money=float(n), name=f"Campaign {n}", account_name=f"A{n % 3}") for n in range(1000)
    ]
    body = document(summarise(messages))
    assert body["text"] == "1,000 alerts"
    assert len(body["blocks"]) <= 50
    shown = str(body["blocks"])
    assert "Campaign 999" in shown
    assert "Campaign 500" not in shown
    assert "990 more are not shown" in shown
    assert "high 1,000" in shown
    assert "marts.performance" in shown.replace("\u200b", "")


@pytest.mark.parametrize("count", [1, 10, 11, 2000])
def test_the_limits_of_block_kit_are_kept_whatever_the_text(count: int):
    long = "𝔸<&>" * 5000
    body = document(summarise([alert_message(n, name=long, text=long, account_name=long) for n in range(count)]))
    assert len(body["blocks"]) <= 50
    assert all(len(text) <= 3000 for text in texts(body))
    assert sum(len(text) for text in texts(body)) < 40_000
    for block in body["blocks"]:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150


def test_every_message_of_simulated_data_says_sandbox():
    one = document(summarise([alert_message(is_sandbox=True)]))
    many = document(summarise([alert_message(n, is_sandbox=True) for n in range(40)]))
    assert "SANDBOX" in one["text"]
    assert "SANDBOX" in str(one["blocks"])
    assert "SANDBOX" in many["text"]


def test_a_recovery_says_so():
    body = document(summarise([alert_message(change="resolved")]))
    assert "RESOLVED" in body["text"]


async def test_messages_leave_a_second_apart(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slack, "SECONDS_BETWEEN", 0.15)
    one = channel(receiver)
    for n in range(3):
        await one.send([alert_message(n)])
    times = [got.at for got in receiver.got]
    assert all(after - before >= 0.1 for before, after in pairwise(times))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, GoneError),
        (403, GoneError),
        (410, GoneError),
        (400, RefusedError),
        (500, RefusedError),
        (429, UnavailableError),
    ],
)
async def test_answers_mean_what_slack_documents(receiver: Receiver, status: int, error: type[Exception]):
    receiver.otherwise = status
    with pytest.raises(error) as caught:
        await channel(receiver).send([alert_message()])
    assert "SECRETTOKEN" not in str(caught.value)

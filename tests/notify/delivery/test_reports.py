"""A daily report on its way: a letter with pictures, a Slack summary, numbers for machines; never in a digest."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from adtrack_pipeline.defs.reporting.keeping import keep
from adtrack_pipeline.notify.channels import slack
from adtrack_pipeline.notify.channels.mail import EmailChannel
from adtrack_pipeline.notify.channels.pagerduty import PagerDutyChannel
from adtrack_pipeline.notify.channels.slack import SlackChannel
from adtrack_pipeline.notify.delivery import Lane
from adtrack_pipeline.notify.delivery.lanes import make_lane
from adtrack_pipeline.notify.routing.config import RoutingSection
from adtrack_pipeline.notify.routing.reports import ReportsSection
from adtrack_pipeline.reporting import Picture, account_report, overall_report, render
from tests.notify.channels.test_mail import mail_server
from tests.notify.delivery.conftest import Deliver, FakeClock, hook, row
from tests.notify.receiving import Receiver
from tests.notify.writing import write_alert
from tests.reporting.world import DAY, NASTY, NOW, PNG, frames, object_row

Conn = psycopg.Connection[Any]
HASH = "a" * 64


@pytest.fixture(autouse=True)
def _no_pause_between_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack, "SECONDS_BETWEEN", 0.0)


def report(conn: Conn, account_id: str = "1", name: str = "Acme", *, is_sandbox: bool = False) -> None:
    """A report in the warehouse, with the event that sends it."""
    creatives = [object_row("x", name=name, revenue=9_000.0, thumbnail_hash=HASH), object_row("y")]
    told = account_report(frames(account_id=account_id, name=name, creatives=creatives), is_sandbox=is_sandbox)
    html = render(told, {HASH: Picture("image/png", PNG)})
    keep(conn, told, html, project_id="p", built_at=NOW)


def report_of_all(conn: Conn) -> None:
    accounts = [frames(name="Euro shop"), frames(account_id="2", name="Crown shop", currency="SEK", rate=None)]
    told = overall_report(accounts, DAY, "USD", NOW)
    keep(conn, told, render(told), project_id="p", built_at=NOW)


def team(
    receiver: Receiver, rules: Sequence[dict[str, Any]] = (), reports: dict[str, Any] | None = None, **more: bool
) -> Lane:
    channel = SlackChannel("team", SecretStr(receiver.url + "/services/SECRETTOKEN"), allow_private=True)
    section = RoutingSection.model_validate([{"channels": "team", **rule} for rule in rules])
    return make_lane(channel, section.root, reports=ReportsSection.model_validate(reports or {}), **more)


def mail(port: int) -> Lane:
    return make_lane(EmailChannel("mail", SecretStr(f"smtp://127.0.0.1:{port}?tls=off"), ["cmo@example.com"]))


def headlines(receiver: Receiver) -> list[str]:
    return [json.loads(one.body)["text"] for one in receiver.got]


def parts(letter: EmailMessage) -> tuple[str, str, dict[str, bytes]]:
    """Plain text, page, and pictures by their id."""
    plain, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert page is not None
    pictures = {
        str(part["Content-ID"]).strip("<>"): part.get_content()
        for part in letter.walk()
        if part.get_content_maintype() == "image"
    }
    return str(plain.get_content()), str(page.get_content()), pictures


async def test_by_mail_the_page_is_the_body_and_its_pictures_are_attached(conn: Conn, delivered: Deliver):
    report(conn)
    with mail_server() as (inbox, port):
        assert (await delivered(mail(port))).delivered == 1
    [letter] = inbox.letters
    plain, page, pictures = parts(letter)
    assert letter["Subject"] == "[adtrack] Daily report: Acme, Thu 19 Nov: 100.00 EUR spent, ROAS 3.00"
    assert "Spend: 100.00 EUR (±0 % v. usual)" in plain
    shown = re.findall(r'src="([^"]+)"', page)
    assert len(shown) == 3
    assert {f"cid:{cid}" for cid in pictures} == set(shown)
    assert PNG in pictures.values()
    assert "data:" not in page
    assert len(page.encode()) < 100_000  # Gmail cuts off what is longer


async def test_by_mail_names_inject_neither_headers_nor_markup(conn: Conn, delivered: Deliver):
    report(conn, name=f"x\r\nBcc: all@example.com {NASTY}")
    with mail_server() as (inbox, port):
        await delivered(mail(port))
    [letter] = inbox.letters
    assert letter["Bcc"] is None
    assert inbox.recipients == [["cmo@example.com"]]
    assert "<script" not in parts(letter)[1]


async def test_by_mail_each_report_is_a_letter_of_its_own_and_alerts_are_another(conn: Conn, delivered: Deliver):
    report(conn, "1", "Acme")
    write_alert(conn, campaign="c1")
    write_alert(conn, campaign="c2")
    report(conn, "2", "Bolt")
    with mail_server() as (inbox, port):
        assert (await delivered(mail(port))).delivered == 4
    subjects = [str(letter["Subject"]) for letter in inbox.letters]
    assert [subject.split(":")[1].split(",")[0].strip() for subject in (subjects[0], subjects[2])] == [
        "Acme",
        "Bolt",
    ]
    assert "2 alerts" in subjects[1]


async def test_a_report_whose_page_was_purged_is_still_told_by_mail(conn: Conn, delivered: Deliver):
    report(conn)
    conn.execute("delete from ops.reports")
    with mail_server() as (inbox, port):
        await delivered(mail(port))
    assert "100.00 EUR were spent" in parts(inbox.letters[0])[1]


async def test_slack_gets_the_key_numbers_and_no_markup_of_others(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    report(conn, name="<!channel> *Acme* <https://evil.example|x>")
    assert (await delivered(team(receiver, is_sandbox=True))).delivered == 1
    body = json.loads(receiver.got[0].body)
    assert body["blocks"][0]["type"] == "header"
    assert body["blocks"][0]["text"]["text"].startswith("SANDBOX Daily report: <!channel>")  # plain text
    assert body["text"].startswith("SANDBOX Daily report: &lt;!channel&gt;")
    fields = [one["text"] for block in body["blocks"] for one in block.get("fields", [])]
    assert fields[0] == "*Spend*\n100.00 EUR  (±0 % v. usual)"
    assert len(fields) == 7
    marked = [block for block in body["blocks"] if block["type"] != "header"]
    assert "<!channel>" not in json.dumps(marked)


async def test_slack_gets_a_line_per_account_of_the_report_over_all(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    report_of_all(conn)
    await delivered(team(receiver))
    told = receiver.got[0].body.decode()
    assert headlines(receiver) == ["Daily report: All accounts, Thu 19 Nov"]  # of some accounts only: no total
    assert "Euro shop: 100.00 EUR, ROAS 3.00" in told
    assert "Crown shop: 100.00 SEK, ROAS 3.00" in told


async def test_machines_get_the_numbers_signed(conn: Conn, receiver: Receiver, delivered: Deliver):
    report(conn)
    await delivered(hook(receiver.url))
    event = receiver.got[0].verified()
    assert (event["type"], event["subject"]) == ("account.daily_report", "events.meta.1.-.daily_report")
    assert event["data"]["total_spend"] == 100.0
    assert event["data"]["ml_accuracy"] == {
        "ctr_mae": None, "roas_mae": None, "prediction_accuracy": None,
        "ctr_since": None, "ctr_until": None, "roas_since": None, "roas_until": None,
    }  # fmt: skip
    assert "html" not in event["data"]


async def test_a_digest_does_not_swallow_a_report_and_a_storm_does_not_hold_it(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    clock.now = datetime(2026, 3, 9, 12, tzinfo=UTC)
    rules = [{"digest": {"at": "16:00"}, "min_severity": "high", "alert_types": "ctr_*"}]
    report(conn)
    await delivered(team(receiver, rules))
    assert headlines(receiver)[0].startswith("Daily report: Acme")
    for n in range(13):
        write_alert(conn, campaign=f"c{n}")
        await delivered(team(receiver))
    report(conn, "2", "Bolt")
    await delivered(team(receiver))
    assert headlines(receiver)[-1].startswith("Daily report: Bolt")


async def test_quiet_hours_hold_a_report_until_they_end(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    clock.now = datetime(2026, 3, 9, 6, tzinfo=UTC)
    lane = team(receiver, [{"quiet_hours": {"from": "22:00", "to": "08:00"}}])
    report(conn)
    await delivered(lane)
    assert receiver.got == []
    assert row(conn, "select state, reason from ops.deliveries") == ("held", "quiet hours")
    clock.forward(hours=2, minutes=1)
    await delivered(lane)
    assert len(receiver.got) == 1
    await delivered(lane)
    assert len(receiver.got) == 1


async def test_nobody_is_paged_by_a_report(conn: Conn, receiver: Receiver, delivered: Deliver):
    report(conn)
    channel = PagerDutyChannel("pager", SecretStr("k" * 32), url=receiver.url, allow_private=True)
    assert (await delivered(make_lane(channel))).delivered == 0
    assert receiver.got == []


async def test_a_letter_that_was_refused_is_sent_again_and_only_that_one(
    conn: Conn, delivered: Deliver, clock: FakeClock
):
    report(conn)
    with mail_server() as (inbox, port):
        inbox.refuse = "451 later"
        assert (await delivered(mail(port))).refused == 1
        inbox.refuse = ""
        clock.forward(hours=1)
        assert (await delivered(mail(port))).delivered == 1
        assert (await delivered(mail(port))).delivered == 0
    assert len(inbox.letters) == 1

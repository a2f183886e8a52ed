"""Links of messages: they lead to the object itself, and nothing that others wrote becomes part of one."""

from dataclasses import replace

import pytest

from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.mail.letter import html
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.pagerduty import event
from adtrack_pipeline.notify.channels.plain import plain_text
from adtrack_pipeline.notify.channels.slack import document
from adtrack_pipeline.notify.channels.summary import summarise
from tests.notify.sample import alert_message, message

UI = "https://dagster.example.com"
ADS = "https://adsmanager.facebook.com/adsmanager/manage"


def told(level: str = "campaign", object_id: str = "77", ui_url: str | None = None, **event: object) -> Message:
    one = alert_message(**event)
    assert one.alert
    return replace(one, alert=replace(one.alert, level=level, object_id=object_id), ui_url=ui_url)


@pytest.mark.parametrize(
    ("level", "url"),
    [
        ("ad", f"{ADS}/ads?act=111&selected_ad_ids=77"),
        ("adset", f"{ADS}/adsets?act=111&selected_adset_ids=77"),
        ("campaign", f"{ADS}/campaigns?act=111&selected_campaign_ids=77"),
        ("account", f"{ADS}/campaigns?act=111"),
    ],
)
def test_an_alert_leads_to_its_object_in_ads_manager(level: str, url: str):
    assert links(told(level)) == [("Ads Manager", url)]


def test_with_the_address_of_the_ui_an_alert_leads_to_its_evidence_too():
    assert links(told(ui_url=UI))[1] == ("Dagster", f"{UI}/assets/ops/alerts")


def test_simulated_objects_are_not_in_ads_manager():
    assert links(told(is_sandbox=True)) == []


@pytest.mark.parametrize("level", ["pipeline", "model"])
def test_what_is_no_object_of_the_account_has_no_link(level: str):
    assert links(told(level)) == []


@pytest.mark.parametrize("object_id", ["7&x=1", "'><script>", "", "７７", "-"])
def test_an_id_that_is_none_selects_nothing(object_id: str):
    assert links(told(object_id=object_id)) == [("Ads Manager", f"{ADS}/campaigns?act=111")]


def test_an_account_id_that_is_none_makes_no_link():
    assert links(told(account_id="1/../..")) == []


def test_a_report_leads_to_its_page():
    one = message(event_type="account.daily_report", campaign=None, data={"report_id": 5})
    assert links(replace(one, ui_url=UI)) == [("Dagster", f"{UI}/reports/5")]


def test_every_channel_for_people_shows_them():
    one = told(ui_url=UI)
    summary = summarise([one])
    shown = f"{ADS}/campaigns?act=111&selected_campaign_ids=77"
    assert f"Ads Manager: {shown}\nDagster: {UI}/assets/ops/alerts" in plain_text(summary)
    assert f"<{shown.replace('&', '&amp;')}|Ads Manager> · <{UI}/assets/ops/alerts|Dagster>" in str(
        document(summary)
    )
    assert f'<a href="{shown.replace("&", "&amp;")}">Ads Manager</a>' in html(summary, "", {})
    assert event("trigger", one)["links"][0] == {"href": shown, "text": "Ads Manager"}

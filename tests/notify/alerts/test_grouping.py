"""Several objects under one parent with the same alert are one message about the parent."""

from typing import Any

from psycopg.types.json import Jsonb

from adtrack_pipeline.monitoring.condition import Condition
from tests.notify.alerts.conditions import ACCOUNT, Scans, account, ad, campaign, condition


def ads(count: int, judged: dict[str, int] | None = None, **values: Any) -> list[Condition]:
    """The same alert of several ads of one ad set."""
    evidence = {"judged": judged} if judged else {}
    return [condition(ad(f"a{n}"), evidence=evidence, **values) for n in range(count)]


def test_half_of_a_campaigns_ads_are_one_message_about_the_campaign(scans: Scans) -> None:
    scans(0, ads(3, {"campaign": 6}, money_at_stake=10))
    parent = scans.alert(level="campaign")
    assert {alert["suppressed_by"] for alert in scans.alerts(level="ad")} == {parent["alert_id"]}
    assert {alert["suppressed_why"] for alert in scans.alerts(level="ad")} == {"grouped"}
    assert scans.news() == [("c1", "opened")]
    assert parent["money_at_stake"] == 30
    assert parent["message"].startswith("3 of 6 ads of this campaign: CTR drop. The worst: ")
    assert [member["object_id"] for member in parent["evidence"]["members"]] == ["a0", "a1", "a2"]


def test_a_few_ads_of_many_are_told_one_by_one(scans: Scans) -> None:
    scans(0, ads(3, {"campaign": 7, "adset": 7}))
    assert len(scans.news()) == 3
    assert scans.alerts(level="campaign") == []


def test_two_ads_are_no_group(scans: Scans) -> None:
    scans(0, ads(2, {"campaign": 2}))
    assert scans.news() == [("a0", "opened"), ("a1", "opened")]


def test_an_ad_set_stands_for_its_ads_where_the_campaign_does_not(scans: Scans) -> None:
    scans(0, ads(3, {"adset": 4, "campaign": 40}))
    assert scans.news() == [("s1", "opened")]


def test_without_evidence_the_running_ads_say_how_many_there_are(scans: Scans) -> None:
    for n in range(8):
        status = "ACTIVE" if n < 5 else "PAUSED"
        scans.conn.execute(
            "insert into raw.ads (platform, account_id, ad_id, campaign_id, adset_id, effective_status, payload,"
            " content_hash, first_seen_at, fetched_at)"
            " values ('meta', %s, %s, 'c1', 's1', %s, %s, '', now(), now())",
            [ACCOUNT, f"a{n}", status, Jsonb({})],
        )
    scans(0, ads(3))
    assert scans.news() == [("c1", "opened")]


def test_most_campaigns_are_one_message_about_the_account(scans: Scans) -> None:
    campaigns = [condition(campaign(f"c{n}"), evidence={"judged": {"account": 5}}) for n in range(3)]
    scans(0, campaigns)
    assert scans.news() == [(ACCOUNT, "opened")]


def test_a_parent_that_has_the_alert_itself_is_told_instead_of_its_ads(scans: Scans) -> None:
    scans(0, [condition(account()), condition(campaign()), condition(ad("a"))])
    whole = scans.alert(level="account")["alert_id"]
    assert scans.news() == [(ACCOUNT, "opened")]
    assert [alert["suppressed_by"] for alert in scans.alerts() if alert["level"] != "account"] == [whole, whole]


def test_another_kind_of_alert_is_not_grouped_with_it(scans: Scans) -> None:
    scans(0, [condition(campaign()), condition(ad("a"), "cpm_spike", "cpm")])
    assert scans.news() == [("c1", "opened"), ("a", "opened")]


def test_a_parent_that_is_only_recorded_silences_nobody(scans: Scans) -> None:
    scans(0, [condition(campaign(), pages=False), condition(ad("a"))])
    assert scans.news() == [("a", "opened")]


def test_budgets_are_told_one_by_one(scans: Scans) -> None:
    over = [
        condition(campaign(f"c{n}"), "budget_exceeded", "spend", evidence={"judged": {"account": 3}})
        for n in range(3)
    ]
    scans(0, over)
    assert len(scans.news()) == 3


def test_a_group_lasts_until_its_last_child_is_over(scans: Scans) -> None:
    scans(0, ads(4, {"campaign": 6}), source="policies")
    scans(1, ads(1, {"campaign": 6}), source="policies")
    assert scans.alert(level="campaign")["status"] == "open"
    assert scans.alert(level="campaign")["message"].startswith("1 of 6 ads of this campaign")
    scans(2, [], source="policies")
    assert scans.news() == [("c1", "opened"), ("c1", "resolved")]


def test_a_child_joining_an_open_group_is_no_news(scans: Scans) -> None:
    scans(0, ads(3, {"campaign": 6}))
    scans(1, ads(5, {"campaign": 6}))
    assert scans.news() == [("c1", "opened")]
    assert scans.alert(level="campaign")["evidence"]["member_count"] == 5


def test_a_group_that_worsens_is_told_again(scans: Scans) -> None:
    scans(0, ads(3, {"campaign": 6}))
    scans(1, [*ads(3, {"campaign": 6}), condition(ad("worse"), severity="critical")])
    assert scans.news() == [("c1", "opened"), ("c1", "escalated")]


def test_a_child_that_was_told_before_the_group_is_closed_when_it_ends(scans: Scans) -> None:
    scans(0, ads(1, {"campaign": 6}), source="policies")
    scans(1, ads(4, {"campaign": 6}), source="policies")
    scans(2, ads(4, {"campaign": 6})[1:], source="policies")
    assert scans.news() == [("a0", "opened"), ("c1", "opened"), ("a0", "resolved")]


def test_a_made_parent_is_called_as_it_was_listed_and_shows_the_worst_childs_chart(scans: Scans) -> None:
    scans.conn.execute(
        "insert into raw.campaigns (platform, account_id, campaign_id, name, payload, content_hash, first_seen_at,"
        " fetched_at) values ('meta', '100', 'c1', '<Sale> 🚀', '{}', '', now(), now())"
    )
    worst = condition(ad("w"), severity="high", evidence={"series": {"actual": [1]}})
    scans(0, [*ads(2, {"campaign": 4}), worst])
    parent = scans.alert(level="campaign")
    assert (parent["object_name"], parent["severity"]) == ("<Sale> 🚀", "high")
    assert parent["evidence"]["series"] == {"actual": [1]}


def test_programs_hear_of_each_crossed_threshold_even_if_people_get_one_message(scans: Scans) -> None:
    facts = {"metric_name": "ctr", "threshold_type": "below", "threshold_value": 5.0, "current_value": 1.0}
    many = [
        condition(campaign(f"c{n}"), "ctr_below_target", evidence={**facts, "judged": {"account": 3}})
        for n in range(3)
    ]
    for hour in range(3):
        scans(hour, many, source="policies")
    crossed = scans.events(event_type="campaign.performance_threshold")
    assert [event["campaign_id"] for event in crossed] == ["c0", "c1", "c2"]
    assert crossed[0]["data"] == {"project_id": "adtrack", "campaign_id": "c0", **facts}
    assert scans.news() == [(ACCOUNT, "opened")]

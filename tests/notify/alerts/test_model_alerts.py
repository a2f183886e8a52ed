"""Alerts about models that predict: their events, their stream, and how people read them."""

from dataclasses import replace
from datetime import date
from typing import Any

from psycopg.rows import dict_row

from adtrack_pipeline.monitoring.condition import Condition, Level, Subject
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT
from adtrack_pipeline.notify.channels.mail.charts import chart_of
from adtrack_pipeline.notify.channels.mail.letter import write_letter
from adtrack_pipeline.notify.channels.message import Alert, Message
from adtrack_pipeline.notify.channels.slack import document
from adtrack_pipeline.notify.channels.summary import summarise
from adtrack_pipeline.notify.chart import evidence_png
from tests.notify.alerts.conditions import Scans, ad, at, condition
from tests.notify.events.published import check

SENTENCE = (
    "roas-net 3 predicts 18 % too much ROAS since 12 November; before it was 2 %. Retraining is recommended."
)
FACTS = {
    "model_name": "roas-net",
    "model_version": "3",
    "metric": "roas",
    "direction": "over",
    "effect": 0.6,
    "onset": date(2026, 11, 12),
    "recent": {"forecasts": 900, "accuracy": 71.5, "bias": 0.18},
    "reference": {"forecasts": 4000, "accuracy": 88.0, "bias": 0.02},
}


def drift(severity: str = "medium", model: str = "roas-net", version: str = "3") -> Condition:
    subject = Subject(Level.MODEL, name=f"{model} {version}", model_name=model)
    evidence = {**FACTS, "model_name": model, "model_version": version, "cool_down_hours": 72}
    return condition(subject, "model_drift", "roas", severity, message=SENTENCE, evidence=evidence)


def scan(scans: Scans, hours: float, *conditions: Condition) -> None:
    scans(hours, conditions, source="accuracy", accounts=(PIPELINE_ACCOUNT,))


def sent(event: dict[str, Any], alert: dict[str, Any]) -> Message:
    names = ("alert_id", "alert_type", "metric", "level", "message", "severity", "status", "began_at")
    return Message(event, Alert(**{name: alert[name] for name in (*names, "object_name", "evidence")}))


def test_a_drifting_model_is_an_alert_and_a_recommendation_in_the_models_own_stream(scans: Scans) -> None:
    scan(scans, 0, drift())
    alert, recommended = scans.events()
    assert (alert["event_type"], recommended["event_type"]) == (
        "campaign.performance_alert",
        "model.retrain_recommended",
    )
    assert [(one["stream_key"], one["seq"]) for one in (alert, recommended)] == [
        ("model:roas-net", 1),
        ("model:roas-net", 2),
    ]
    assert recommended["subject"] == "events.model.roas-net.-.retrain_recommended"
    assert recommended["data"] == {
        **FACTS,
        "onset": "2026-11-12",
        "project_id": "adtrack",
        "alert_id": str(alert["alert_id"]),
    }


def test_both_events_keep_their_published_schemas(scans: Scans) -> None:
    scan(scans, 0, drift())
    alert, recommended = (check(event) for event in scans.events())
    assert alert["data"]["campaign_id"] is None
    assert recommended["source"] == "/adtrack/model/roas-net"
    assert recommended["partitionkey"] == "model:roas-net"


def test_the_recommendation_is_told_once_however_long_it_lasts_and_worsens(scans: Scans) -> None:
    for hours, severity in ((0, "low"), (1, "low"), (24, "high"), (48, "high")):
        scan(scans, hours, drift(severity))
    assert len(scans.events(event_type="model.retrain_recommended")) == 1
    assert [change for _, change in scans.news()] == ["opened", "escalated"]


def test_a_drift_that_pauses_for_a_day_is_the_same_incident(scans: Scans) -> None:
    scan(scans, 0, drift())
    scan(scans, 24)
    scan(scans, 48, drift())
    assert len(scans.events(event_type="model.retrain_recommended")) == 1
    assert scans.alert()["reopened"] == 1


def test_a_drift_that_is_over_ends_by_itself_and_says_so_in_the_same_stream(scans: Scans) -> None:
    scan(scans, 0, drift())
    scan(scans, 24)
    assert scans.alert()["status"] == "resolved"
    (*_, last) = scans.events()
    assert (last["change"], last["stream_key"], last["seq"]) == ("resolved", "model:roas-net", 3)


def test_each_version_is_an_incident_of_its_own(scans: Scans) -> None:
    scan(scans, 0, drift(), drift(version="4"))
    assert {alert["object_name"] for alert in scans.alerts()} == {"roas-net 3", "roas-net 4"}
    assert {alert["model_name"] for alert in scans.alerts()} == {"roas-net"}


def test_scans_of_accounts_leave_alerts_about_models_alone(scans: Scans) -> None:
    scan(scans, 0, drift())
    scans(1, [])
    scans(1, [condition(ad("a"))])
    assert scans.alert(alert_type="model_drift")["status"] == "open"


def test_what_makes_an_accounts_numbers_look_bad_does_not_hide_a_models_drift(scans: Scans) -> None:
    scans(0, [condition(Subject(Level.PIPELINE, "meta", name="sync"), "sync_missing", "sync")], "policies")
    scan(scans, 1, drift())
    assert scans.alert(alert_type="model_drift")["suppressed_by"] is None


def test_names_with_dots_blanks_and_wildcards_make_safe_subjects(scans: Scans) -> None:
    scan(scans, 0, drift(model="roas.net *>"))
    assert {event["subject"].count(".") for event in scans.events()} == {4}
    assert scans.events()[0]["stream_key"] == "model:roas.net *>"


def test_slack_names_the_model_and_needs_no_account(scans: Scans) -> None:
    scan(scans, 0, drift("high"))
    body = document(summarise([sent(scans.events()[0], scans.alert())]))
    assert body["text"] == "HIGH model drift: roas-net 3"
    shown = " ".join(str(block) for block in body["blocks"])
    assert "Retraining is recommended" in shown
    assert "None" not in shown
    assert "Account" not in shown


def test_a_letter_names_the_model_in_its_subject(scans: Scans) -> None:
    scan(scans, 0, drift("high"))
    message = sent(scans.events()[0], scans.alert())
    letter = write_letter([message], sender="a@example.com", to=["b@example.com"], at=at(0))
    assert letter["Subject"] == "[adtrack] HIGH model drift: roas-net 3"
    text = letter.get_body(("plain",))
    assert text is not None
    assert SENTENCE in " ".join(text.get_content().split())


def test_the_chart_in_a_letter_says_what_is_drawn(scans: Scans) -> None:
    series = {"ts": ["2026-11-10", "2026-11-11"], "actual": [90.0, 70.0], "unit": "accuracy, 0 to 100"}
    shown = drift("high")
    scan(scans, 0, replace(shown, evidence={**shown.evidence, "series": series}))
    chart = chart_of(sent(scans.events()[0], scans.alert()))
    assert chart is not None
    assert chart.png == evidence_png(series, title="HIGH model drift: roas-net 3", unit="accuracy, 0 to 100")


def test_a_digest_counts_models_under_their_own_name(scans: Scans) -> None:
    scan(scans, 0, drift(), drift(version="4"))
    events = scans.events(event_type="campaign.performance_alert")
    alerts = {alert["alert_id"]: alert for alert in scans.alerts()}
    summary = summarise([sent(event, alerts[event["alert_id"]]) for event in events])
    assert summary.by_account == {"models": 2}


def test_an_event_about_an_account_goes_where_it_always_went(scans: Scans) -> None:
    scans(0, [condition(replace(ad("a")))])
    with scans.conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("select stream_key from ops.event_outbox").fetchone()
    assert row == {"stream_key": "meta:100:c1"}

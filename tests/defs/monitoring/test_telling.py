"""What people see of the alerts on the run page."""

import base64
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.defs.monitoring.judging import Judged
from adtrack_pipeline.defs.monitoring.telling import DRAWABLE, TOLD, Scanned, told
from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.notify.alerts import apply_scan
from adtrack_pipeline.notify.alerts.people import list_alerts
from tests.notify.alerts.conditions import START, ad, at, campaign, condition

SERIES = {"series": {"ts": ["2026-03-01", "2026-03-02"], "actual": [2.0, 1.0], "expected": [2.0, 2.0]}}


@pytest.fixture
def shown(conn: psycopg.Connection[Any]) -> Callable[..., dict[str, str]]:
    """The page after a scan that found these conditions."""

    def page(*conditions: Condition) -> dict[str, str]:
        judged = Judged(Scan("detection", frozenset({"100"}), START), list(conditions))
        scanned = [Scanned(judged, apply_scan(conn, judged.scan, judged.conditions))]
        metadata = told(scanned, *(list_alerts(conn, one, "USD", at(0)) for one in (TOLD, DRAWABLE)))
        return {name: str(value.value) for name, value in metadata.items()}

    return page


def test_the_worst_comes_first_with_its_money(shown: Any):
    page = shown(
        condition(campaign("c1"), money_at_stake=5.0, currency="JPY"),
        condition(campaign("c2"), severity="critical", money_at_stake=1234.0, currency="JPY"),
        condition(campaign("c3"), pages=False),
    )
    assert page["alerts that people are told of"] == "2"
    assert page["detection"].startswith("1 judged; opened 3")
    assert page["worst first"].index("critical") < page["worst first"].index("medium")
    assert "1,234 JPY" in page["worst first"]


def test_what_is_grouped_silenced_or_snoozed_is_not_counted(shown: Any, conn: psycopg.Connection[Any]):
    conn.execute(
        "insert into ops.alert_silences (starts_at, until_at, object_id, who, why)"
        " values (%s, %s, 'c2', 'ada', 'launch')",
        [at(-1), at(1)],
    )
    page = shown(condition(ad("a")), condition(ad("b")), condition(campaign("c1")), condition(campaign("c2")))
    assert page["alerts that people are told of"] == "1"
    assert page["worst first"].count("medium") == 1
    conn.execute("update ops.alerts set snoozed_until = %s where object_id = 'c1'", [at(5)])
    assert shown(condition(campaign("c1")))["alerts that people are told of"] == "0"


def test_a_name_with_markup_stays_text_in_the_table(shown: Any):
    page = shown(condition(campaign("c1"), message="[a](http://x) <img src=x> | **b** fell"))
    assert r"\[a\](http://x) \<img src=x\> \| \*\*b\*\* fell" in page["worst first"]


def test_the_charts_of_the_worst_are_pictures_without_anything_from_outside(shown: Any):
    page = shown(*(condition(campaign(f"c{n}"), evidence=SERIES) for n in range(5)))
    pictures = page["evidence"].split("\n\n")
    assert len(pictures) == 3
    for picture in pictures:
        data = picture.removeprefix("![ctr_drop](data:image/png;base64,").removesuffix(")")
        assert base64.b64decode(data).startswith(b"\x89PNG")


def test_without_evidence_there_is_no_picture(shown: Any):
    assert "evidence" not in shown(condition(campaign("c1")))

"""What people see of the alerts on the run page."""

import base64

from adtrack_pipeline.defs.monitoring.judging import Judged
from adtrack_pipeline.defs.monitoring.telling import Scanned, told
from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.notify.alerts import AlertChanges
from tests.notify.alerts.conditions import START, campaign, condition

SERIES = {"series": {"ts": ["2026-03-01", "2026-03-02"], "actual": [2.0, 1.0], "expected": [2.0, 2.0]}}


def shown(*conditions: Condition) -> dict[str, str]:
    judged = Judged(Scan("detection", frozenset({"1"}), START), list(conditions))
    metadata = told([Scanned(judged, AlertChanges(opened=(1, 2)))])
    return {name: str(value.value) for name, value in metadata.items()}


def test_the_worst_comes_first_with_its_money():
    page = shown(
        condition(campaign("c1"), money_at_stake=5.0, currency="JPY"),
        condition(campaign("c2"), severity="critical", money_at_stake=1234.0, currency="JPY"),
        condition(campaign("c3"), pages=False),
    )
    assert page["messages that hold"] == "2"
    assert page["detection"] == "1 judged; opened 2"
    assert page["worst first"].index("critical") < page["worst first"].index("medium")
    assert "1,234 JPY" in page["worst first"]


def test_a_name_with_markup_stays_text_in_the_table():
    page = shown(condition(campaign("c1"), message="[a](http://x) <img src=x> | **b** fell"))
    assert r"\[a\](http://x) \<img src=x\> \| \*\*b\*\* fell" in page["worst first"]


def test_the_charts_of_the_worst_are_pictures_without_anything_from_outside():
    page = shown(*(condition(campaign(f"c{n}"), evidence=SERIES) for n in range(5)))
    pictures = page["evidence"].split("\n\n")
    assert len(pictures) == 3
    for picture in pictures:
        data = picture.removeprefix("![ctr_drop](data:image/png;base64,").removesuffix(")")
        assert base64.b64decode(data).startswith(b"\x89PNG")


def test_without_evidence_there_is_no_picture():
    assert "evidence" not in shown(condition(campaign("c1")))

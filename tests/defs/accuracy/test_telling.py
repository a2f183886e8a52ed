"""What people see on the run page, and what the checks warn of."""

import base64
import re

import pytest

from adtrack_pipeline.defs.accuracy.checking import BEFORE, MATCHED, UNITS, check_results
from adtrack_pipeline.defs.accuracy.running import Ran
from adtrack_pipeline.defs.accuracy.telling import told
from tests.defs.accuracy.fleet import before, deliver, predict_days
from tests.defs.accuracy.test_models import HOUR, LAST
from tests.defs.accuracy.world import START, Shop, at


def run(shop: Shop, now: str = HOUR) -> Ran:
    return shop.run(now, f"run of {now}")


def page(shop: Shop, ran: Ran) -> dict[str, dict[str, str]]:
    return {
        name: {key: str(one.value) for key, one in shown.items()} for name, shown in told(shop.conn, ran).items()
    }


@pytest.fixture
def week(shop: Shop) -> Shop:
    deliver(shop, before(LAST, 6), LAST, ads=12)
    predict_days(shop, before(LAST, 6), LAST, ads=12, model="<b>net|")
    return shop


def test_the_page_counts_states_and_has_a_line_per_model_with_names_as_they_are(week: Shop):
    week.predict("lost", object_id="nobody")
    shown = page(week, run(week))
    assert shown["prediction_comparisons"] | {"results": ""} == {
        "predictions": "85", "looked at": "85", "results": "", "provisional": "84", "unmatched": "1",
    }  # fmt: skip
    assert r"\<b\>net\| 1" in shown["prediction_accuracy"]["last 30 days"]
    assert "not enough data" in shown["model_drift"]["verdicts"]


def test_pictures_are_drawn_once_a_day_and_load_nothing_from_outside(week: Shop):
    shown = page(week, run(week))["prediction_accuracy"]["pictures"]
    found = re.findall(r"!\[([^\]]*)\]\(data:image/png;base64,([^)]*)\)", shown)
    assert [title.split(":")[-1].strip() for title, _ in found] == [
        "Accuracy of CTR, trailing 7 days", "CTR, last 30 days", "CTR, last 30 days, calibration",
    ]  # fmt: skip
    assert all(base64.b64decode(png).startswith(b"\x89PNG") for _, png in found)
    week.day("ad", "ad1", LAST, impressions=8000, clicks=300)
    again = run(week, "2026-11-19 09:00")
    assert again.pooled > 0
    shown_again = page(week, again)["prediction_accuracy"]
    assert "pictures" not in shown_again
    assert shown_again["pictures are in"] == f"run of {HOUR}"


def test_without_predictions_there_is_a_page_too(shop: Shop):
    shown = page(shop, run(shop))
    assert shown["prediction_comparisons"]["predictions"] == "0"
    assert check_results(shop.conn, at(HOUR)) == {MATCHED: None, UNITS: None, BEFORE: None}


def test_fractions_given_as_percent_are_warned_of_and_not_corrected(shop: Shop):
    deliver(shop, before(LAST, 1), LAST, ads=12)
    predict_days(shop, before(LAST, 1), LAST, ads=12, times=0.01)
    run(shop)
    problem = check_results(shop.conn, at(HOUR))[UNITS]
    assert problem is not None
    assert problem.startswith("net 1: the predicted CTR looks like fractions instead of percent")
    assert shop.rows("select max(predicted_ctr) < 0.1 as small from raw.predictions") == [{"small": True}]


def test_objects_that_nobody_knows_and_late_predictions_are_warned_of(shop: Shop):
    for n in range(6):
        shop.predict(f"p{n}", object_id=f"nobody{n}", predicted_at=at("2026-11-03 10:00"))
    run(shop, "2026-11-04 08:00")
    found = check_results(shop.conn, at("2026-11-04 08:00"))
    assert (
        found[MATCHED]
        == "net 1: 100 % name objects that no list and no day of any account mentions, e.g. nobody0."
    )
    assert found[BEFORE] == "net 1: 100 % were made after the first day of their window, and may have seen it."


def test_a_few_odd_ones_are_no_warning(shop: Shop):
    shop.day("ad", "a", START, impressions=4000, clicks=110)
    for n in range(6):
        shop.predict(f"p{n}", object_id="nobody" if n == 0 else "a")
    run(shop, "2026-11-04 08:00")
    assert set(check_results(shop.conn, at("2026-11-04 08:00")).values()) == {None}

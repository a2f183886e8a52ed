"""The score counts what it says it counts, on examples small enough to count by hand."""

import pandas as pd
import pytest

from benchmarks.detection import report
from benchmarks.detection.labels import DECOY_COLUMNS, FAMILIES, LABEL_COLUMNS, World, clarity
from benchmarks.detection.scoring import score

START = pd.Timestamp("2026-05-01", tz="UTC")


def at(hours: float) -> pd.Timestamp:
    return START + pd.Timedelta(hours=hours)


def label(
    event: str, kind: str, ads: tuple[str, ...], first: float, last: float, **other: object
) -> dict[str, object]:
    row = {
        "event_id": event, "kind": kind, "level": "ad", "account_id": "act", "campaign_ids": ("c1",),
        "ad_ids": ads, "start": at(first), "end": at(last), "due": at(first), "metrics": FAMILIES[kind],
        "magnitude": 0.5, "expected": 100.0, "clarity": 9.0, "judged": True,
    }  # fmt: skip
    return row | other


def decoy(
    kind: str, ads: tuple[str, ...], first: float, last: float, metrics: frozenset[str] = frozenset()
) -> dict[str, object]:
    return {
        "decoy_id": kind, "kind": kind, "account_id": "act", "ad_ids": ads,
        "start": at(first), "end": at(last), "metrics": metrics,
    }  # fmt: skip


def world(*labels: dict[str, object], decoys: tuple[dict[str, object], ...] = ()) -> World:
    ads = pd.DataFrame(
        {
            "account_id": "act",
            "campaign_id": ["c1"] * 4 + ["c2"] * 4,
            "ad_id": [f"a{number}" for number in range(8)],
        }
    )
    return World(
        name="by hand",
        seed=0,
        panel=pd.DataFrame(),
        plan=None,
        labels=pd.DataFrame(list(labels), columns=LABEL_COLUMNS),
        decoys=pd.DataFrame(list(decoys), columns=DECOY_COLUMNS),
        ads=ads,
        ad_days=100.0,
    )


def found(*rows: tuple[str | None, str, float, float], **columns: list[object]) -> pd.DataFrame:
    table = pd.DataFrame(
        [(ad, metric, f"{metric}_odd", at(first), at(last)) for ad, metric, first, last in rows],
        columns=["ad_id", "metric", "alert_type", "start_ts", "end_ts"],
    )
    return table.assign(**columns)


DROP = label("e1", "ctr_collapse", ("a0",), 100, 124)


def test_a_finding_on_the_right_ad_time_and_metric_is_right() -> None:
    result = score(found(("a0", "ctr", 103, 110)), world(DROP))
    assert (result.messages, result.right, result.false) == (1, 1, 0)
    assert result.found["found"].tolist() == [True]
    assert result.found["delay"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (("a0", "ctr", 147, 150), True),
        (("a0", "ctr", 148, 150), False),
        (("a0", "ctr", 90, 101), True),
        (("a0", "ctr", 80, 99), False),
        (("a1", "ctr", 103, 110), False),
        (("a0", "spend", 103, 110), False),
    ],
)
def test_time_counts_until_a_day_after_the_end_and_ad_and_metric_must_fit(
    row: tuple[str, str, float, float], right: bool
) -> None:
    result = score(found(row), world(DROP))
    assert (result.right, result.false) == (int(right), int(not right))


def test_a_wrong_metric_is_false_but_counted_as_misnamed() -> None:
    result = score(found(("a0", "spend", 103, 110)), world(DROP))
    assert (result.false, result.misnamed) == (1, 1)
    assert result.found[["found", "found_by_any_metric"]].to_numpy().tolist() == [[False, True]]


def test_a_finding_that_began_earlier_has_no_negative_delay() -> None:
    assert score(found(("a0", "ctr", 90, 101)), world(DROP)).found["delay"].tolist() == [0.0]


def test_fatigue_found_before_a_fifth_is_gone_has_a_negative_delay() -> None:
    tired = label("e1", "fatigue", ("a0",), 100, 600, due=at(300))
    assert score(found(("a0", "fatigue", 252, 260)), world(tired)).found["delay"].tolist() == [-48.0]


def test_rows_of_one_incident_are_one_message() -> None:
    rows = [("a0", "ctr", 103, 110), ("a1", "ctr", 103, 110), ("a2", "spend", 5, 6), ("a3", "spend", 5, 6)]
    apart = score(found(*rows), world(DROP))
    together = score(found(*rows, incident_id=["x", "x", "y", "y"]), world(DROP))
    assert (apart.messages, apart.right, apart.false) == (4, 1, 3)
    assert (together.messages, together.right, together.false) == (2, 1, 1)


@pytest.mark.parametrize("column", ["paged", "pages"])
def test_recorded_findings_are_not_messages(column: str) -> None:
    result = score(found(("a0", "ctr", 103, 110), ("a1", "ctr", 5, 6), **{column: [True, False]}), world(DROP))
    assert (result.messages, result.false) == (1, 0)


def test_a_campaign_wide_finding_meets_every_ad_of_the_campaign() -> None:
    wide = found((None, "ctr", 103, 110), campaign_id=["c1"])
    other = found((None, "ctr", 103, 110), campaign_id=["c2"])
    assert score(wide, world(DROP)).right == 1
    assert score(other, world(DROP)).right == 0


def test_what_nobody_could_see_is_neither_missed_nor_false() -> None:
    hidden = label("e1", "ctr_collapse", ("a0",), 100, 124, judged=False)
    result = score(found(("a0", "ctr", 103, 110)), world(hidden))
    assert (result.right, result.false, result.neutral, len(result.found)) == (0, 0, 1, 0)


def test_one_message_per_holiday_is_excused_and_the_others_are_false() -> None:
    holiday = decoy("holiday", tuple(f"a{number}" for number in range(8)), 50, 74)
    result = score(found(("a0", "spend", 55, 60), ("a1", "spend", 56, 60)), world(decoys=(holiday,)))
    assert (result.neutral, result.false) == (1, 1)


def test_a_decoy_is_blamed_for_its_own_metrics_only() -> None:
    ageing = decoy("slow_ageing", ("a1",), 0, 1000, frozenset({"ctr", "fatigue"}))
    pause = decoy("pause", ("a2",), 10, 20)
    rows = (("a1", "spend", 5, 6), ("a2", "delivery", 12, 13))
    paged = score(found(*rows), world(decoys=(ageing, pause))).decoys.set_index("kind")["paged"].to_dict()
    assert paged == {"slow_ageing": 0, "pause": 1}


def test_findings_on_wrong_ads_find_nothing_unless_they_are_everywhere() -> None:
    exact = score(found(("a0", "ctr", 103, 110)), world(DROP))
    everywhere = score(found(*((f"a{number}", "ctr", 103, 110) for number in range(8))), world(DROP))
    assert (exact.local_recall, exact.chance_recall) == (1.0, 0.0)
    assert (everywhere.local_recall, everywhere.chance_recall) == (1.0, 1.0)


def test_naive_times_are_taken_as_utc() -> None:
    rows = found(("a0", "ctr", 103, 110))
    naive = rows.assign(**{name: rows[name].dt.tz_localize(None) for name in ("start_ts", "end_ts")})
    assert score(naive, world(DROP)).right == 1


def test_no_findings_are_no_messages_and_no_recall() -> None:
    total = report.total([score(found(), world(DROP))])
    assert total.recall == 0
    assert total.false_per_1000 == 0


def test_totals_add_up_messages_labels_and_ad_days_over_worlds() -> None:
    good = score(found(("a0", "ctr", 102, 110)), world(DROP))
    bad = score(found(("a1", "ctr", 5, 6), ("a2", "ctr", 5, 6), ("a3", "ctr", 5, 6)), world(DROP))
    total = report.total([good, bad])
    assert (total.precision, total.recall, total.false_per_1000, total.median_delay) == (0.25, 0.5, 15.0, 2.0)


def test_clarity_grows_with_events_and_is_capped_by_the_accounts_own_noise() -> None:
    assert clarity(18, 0.0, 0.0) == pytest.approx(6.0)
    assert clarity(1000, 0.5, 0.0) > clarity(100, 0.5, 0.0) > 3
    assert clarity(1e9, 0.5, 0.2) == pytest.approx(3.47, abs=0.01)
    assert clarity(0, 0.5, 0.0) == 0.0


def test_messages_are_counted_per_incident_and_ads_named_without_need_are_seen() -> None:
    rows = (("a0", "ctr", 103, 110), ("a1", "ctr", 103, 110), ("a0", "cpc", 104, 110))
    result = score(found(*rows, incident_id=["x", "x", "y"]), world(DROP))
    assert result.found["messages"].tolist() == [2]
    assert result.to_the_point == pytest.approx((0.5 + 1) / 2)

"""The page: self-contained, harmless whatever the names hold, dashes for what is not known."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from adtrack_pipeline.reporting import Picture, account_report, overall_report, render, wanted_thumbnails
from adtrack_pipeline.reporting.frames import AccountFrames, Pace
from adtrack_pipeline.reporting.report import Report
from tests.reporting.world import DAY, NASTY, NOW, PNG, alert_row, fatigue_row, frames, object_row, table, unripe

HASH = "a" * 64
NOBODY = {"spend": 0.0, "impressions": 0.0, "clicks": 0.0, "conversions": 0.0, "revenue": 0.0}


class Page(HTMLParser):
    """What a browser would load and run, and the text people read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self._is_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._is_style = tag == "style"
        for name, value in attrs:
            if name in {"src", "href", "action", "srcset", "background"}:
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._is_style else f"{data} "


def page(frames_: AccountFrames, pictures: Mapping[str, Picture] | None = None, **more: bool) -> Page:
    return Page(render(account_report(frames_, **more), pictures))


def words(found: Page) -> str:
    return " ".join(found.text.split())


def full() -> AccountFrames:
    return frames(
        name=NASTY,
        campaigns=[object_row("1", name=NASTY, revenue=9_000.0), object_row("2", name=NASTY)],
        creatives=[object_row("1", name=NASTY, revenue=9_000.0, thumbnail_hash=HASH), object_row("2", name=NASTY)],
        fatigue=[fatigue_row("x", name=NASTY)],
        alerts=[alert_row(message=NASTY, object_name=NASTY)],
        paces=[Pace(NASTY, "monthly", 100.0, 40.0, 90.0, 80.0, 99.0, 60.0, "EUR", "on_track")],
    )


def test_markup_in_names_stays_text_everywhere():
    found = page(full())
    assert {"script", "iframe", "object", "form", "link"} & set(found.tags) == set()
    assert found.handlers == []
    assert found.text.count("<script>alert(1)</script>") >= 7
    assert "\u202e" not in found.text


def test_nothing_is_loaded_from_outside():
    html = render(account_report(full()), {HASH: Picture("image/png", PNG)})
    assert Page(html).links
    assert all(link.startswith("data:image/png;base64,") for link in Page(html).links)
    assert not re.search(r"@import|url\(", html)


def test_the_charts_are_pictures_and_a_chart_without_data_is_left_out():
    assert [tag for tag in page(frames()).tags if tag == "img"] == ["img", "img"]
    assert "img" not in page(frames({DAY: None}, weeks=0)).tags


def test_simulated_data_says_sandbox_in_title_and_page():
    found = render(account_report(frames(), is_sandbox=True))
    assert "<title>SANDBOX Acme" in found
    assert "SANDBOX" not in render(account_report(frames()))


def test_a_day_of_zero_spend_is_told_with_dashes_and_never_nan_or_inf():
    text = words(page(frames({DAY: NOBODY})))
    assert "Nothing was spent on this day." in text
    assert not re.search(r"\b(nan|inf|None)\b", text)
    assert "ROAS –" in text


def test_an_account_that_never_delivered_has_a_page_that_says_so():
    text = words(page(frames({DAY: None}, weeks=0)))
    assert "Nothing was delivered for five weeks." in text
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_a_half_read_day_says_what_is_missing():
    assert "has not been read completely since it ended" in words(page(frames(is_read=False)))
    nothing = words(page(frames({DAY: None}, is_read=False)))
    assert "There are no numbers for this day yet." in nothing
    assert "there are no numbers for it yet." in nothing


def test_a_young_day_says_how_to_read_it():
    known = unripe(revenue=150.0, revenue_nowcast=330.0, conversions_nowcast=11.0)
    assert "330.00 EUR expected" in words(page(frames({DAY: known})))
    assert "nowcast" in words(page(frames({DAY: known})))
    assert "how many is not known yet" in words(page(frames({DAY: unripe()})))


@pytest.mark.parametrize(
    ("media_type", "content", "shown"),
    [
        ("image/png", PNG, True),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", False),
        ("image/png", b"x" * 200_000, False),
        ("image/png", b"", False),
    ],
    ids=["png", "svg", "huge", "empty"],
)
def test_thumbnails_are_shown_when_they_are_pictures_of_a_sane_size(media_type: str, content: bytes, shown: bool):
    found = page(full(), {HASH: Picture(media_type, content)})
    assert (len([tag for tag in found.tags if tag == "img"]) == 3) is shown


def test_only_pictures_the_page_has_room_for_are_asked_for():
    creatives = [object_row(str(n), revenue=9_000.0 + n, thumbnail_hash=f"{n:064d}") for n in range(20)]
    worn = [fatigue_row(str(n), thumbnail_hash=f"{n + 100:064d}") for n in range(20)]
    assert len(wanted_thumbnails(account_report(frames(creatives=creatives, fatigue=worn)))) <= 15


def test_restated_days_are_told_with_their_sign_and_unchanged_ones_are_not():
    restated = [
        {"date_day": DAY.replace(day=17), "spend": -1.5, "conversions": 3.0, "revenue": 120.0},
        {"date_day": DAY.replace(day=16), "spend": 0.0, "conversions": 0.0, "revenue": 0.001},
    ]
    text = words(page(frames(restated=restated, restated_since=NOW)))
    assert "Tue 17 Nov −1.50 EUR +3 +120.00 EUR" in text
    assert "Mon 16 Nov" not in text
    assert "Nothing: no past day was restated since" in words(page(frames(restated_since=NOW)))


def test_without_predictions_it_says_how_to_hand_them_in_and_with_them_how_good_they_are():
    assert "adtrack predictions load FILE" in words(page(frames()))
    known = {
        "model_name": "spring", "model_version": "2", "metric": "ctr", "predictions": 50.0, "scored": 40.0,
        "mae": 0.2, "accuracy": 81.0, "noise_ceiling": 88.0, "bias": 0.1, "skill": 0.3, "is_provisional": "f",
        "since_day": DAY - timedelta(days=6), "until_day": DAY,
    }  # fmt: skip
    told = frames(accuracy=table([known], tuple(known)))
    assert "spring 2 ctr Fri 13 Nov to Thu 19 Nov 81 88 0.20 +10 % 40" in words(page(told))
    assert account_report(told).ml.ctr_mae == 0.2
    assert account_report(told).ml.prediction_accuracy == 81.0
    assert account_report(told).ml.roas_mae is None


def test_long_lists_are_cut_and_say_where_the_rest_is():
    text = words(page(frames(alerts=[alert_row(n) for n in range(1, 31)])))
    assert "20 more: adtrack alerts list" in text
    assert "30 alerts are open (30 medium)." in text


def test_a_page_for_mail_stays_below_what_mail_programs_cut_off():
    found = render(account_report(full()))
    without_pictures = re.sub(r'src="data:[^"]+"', "", found)
    assert len(without_pictures.encode()) < 100_000


def test_a_budget_shows_its_forecast_and_state():
    assert "monthly 40.00 EUR 100.00 EUR 90.00 EUR 80.00 to 99.00 60 % on track" in words(page(full()))


def test_the_page_over_all_accounts_shows_each_of_them_and_a_missing_rate():
    accounts = [frames(name="Euro shop"), frames(account_id="2", name="Crown shop", currency="SEK", rate=None)]
    found: Report = overall_report(accounts, DAY, "USD", NOW)
    text = words(Page(render(found)))
    assert "Crown shop no rate for SEK 100.00 SEK – – 3.00 –" in text
    assert "1 of 2 accounts that have a rate to USD" in text

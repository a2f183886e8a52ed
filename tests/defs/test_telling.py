"""What people see about a run in the UI."""

import base64
from datetime import date
from decimal import Decimal
from typing import Any

from adtrack_pipeline.defs.drawing import bars, table
from adtrack_pipeline.defs.ingestion import telling
from adtrack_pipeline.ingestion import AccountOutcome
from adtrack_pipeline.platforms.base import CallStats


def outcome(account: str = "1", **more: Any) -> AccountOutcome:
    return AccountOutcome(account, "insights_daily", more.pop("name", f"shop {account}"), "EUR", **more)


def svg(markdown: str) -> str:
    return base64.b64decode(markdown.split("base64,")[1].rstrip(")")).decode()


def test_calls_and_rows_are_added_up_and_the_fullest_quota_counts():
    told = telling.cost(
        [
            outcome(
                "1", stats=CallStats(api_calls=3, retries=1, bytes=1_500_000, quota_used_pct=20.0), rows_fetched=5
            ),
            outcome("2", stats=CallStats(api_calls=2, quota_used_pct=91.24), rows_fetched=7),
        ]
    )
    values = {name: one.value for name, one in told.items()}
    assert (values["API calls"], values["retries"], values["rows fetched"]) == (5, 1, 12)
    assert (values["quota used (%)"], values["megabytes"]) == (91.2, 1.5)


def test_the_window_spans_all_accounts():
    told = telling.cost(
        [
            outcome("1", since=date(2026, 3, 7), until=date(2026, 3, 8)),
            outcome("2", since=date(2026, 3, 8), until=date(2026, 3, 9)),
        ]
    )
    assert told["window"].value == "2026-03-07 … 2026-03-09"


def test_without_quota_headers_nothing_is_said_about_quota():
    assert "quota used (%)" not in telling.cost([outcome()])


def test_accounts_are_listed_with_their_outcome_and_columns_nobody_needs_are_left_out():
    text = str(telling.accounts([outcome("1", rows_fetched=1234, spend=Decimal("9.5"))])["accounts"].value)
    assert "shop 1 | ok | 1,234" in text
    assert "9.50 EUR" in text
    assert "why" not in text
    failed = telling.accounts([outcome("1", outcome="failed", error="No such account.")])
    assert "No such account." in str(failed["accounts"].value)


def test_of_very_many_accounts_those_in_trouble_are_shown_first_and_the_rest_is_counted():
    many = [outcome(str(n)) for n in range(telling.SHOWN_ACCOUNTS + 5)] + [outcome("bad", outcome="failed")]
    text = str(telling.accounts(many)["accounts"].value)
    assert "shop bad" in text.splitlines()[2]
    assert "and 6 more" in text


def test_amounts_of_two_currencies_are_never_drawn_together():
    days = [(date(2026, 3, 8), "EUR", Decimal(10)), (date(2026, 3, 8), "JPY", Decimal(9000))]
    plots = telling.spend_plots(days)
    assert set(plots) == {"spend per day, EUR", "spend per day, JPY"}


def test_a_name_with_markup_stays_a_name():
    text = table([{"account": "a|b <script> [x](javascript:1) ![i](u) `c`\nsecond *line*", "n": 1}])
    assert len(text.splitlines()) == 3
    row = text.splitlines()[2]
    assert row.count(" | ") == 1  # two columns, however many bars the name has
    for raw in ("<script>", "[x]", "![i]", "`c`", "*line*"):
        assert raw not in row


def test_a_table_without_rows_is_nothing():
    assert table([]) == ""
    assert bars({}, "EUR") == ""


def test_a_plot_has_one_bar_per_day_as_tall_as_its_share_of_the_highest():
    picture = svg(bars({"2026-03-07": Decimal(50), "2026-03-08": Decimal(100), "2026-03-09": 0}, "EUR"))
    assert [f'height="{tall}"' in picture for tall in (28, 56, 1)] == [True, True, True]
    assert picture.count("<rect") == 3
    assert "2026-03-08: 100.00 EUR" in picture


def test_a_plots_labels_are_escaped():
    picture = svg(bars({"<b>": 1}, "A&B"))
    assert "<b>" not in picture
    assert "A&amp;B" in picture

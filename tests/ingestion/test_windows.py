"""Which days an hourly run reads."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.ingestion.windows import Window, chunks, clip_to_today, due, enough, runs_of, trailing

TODAY = date(2026, 3, 10)
days = st.dates(date(2026, 1, 1), TODAY)


def test_an_account_read_before_is_asked_for_today_and_yesterday_only():
    covered = list(trailing(TODAY, 60).each_day())
    assert due(TODAY, 2, 60, covered) == [Window(date(2026, 3, 9), TODAY)]


def test_an_account_seen_for_the_first_time_is_read_back_over_the_initial_window():
    assert due(TODAY, 2, 60, []) == [trailing(TODAY, 60)]


def test_days_the_pipeline_was_down_are_read_by_the_next_run():
    covered = set(trailing(TODAY, 60).each_day()) - set(trailing(TODAY, 6).each_day())
    assert due(TODAY, 2, 60, covered) == [trailing(TODAY, 6)]


def test_a_first_backfill_that_was_cut_off_is_finished_by_the_next_run():
    newest_chunk = set(trailing(TODAY, 92).each_day())
    first, second, third = due(TODAY, 2, 200, newest_chunk)
    assert first == trailing(TODAY, 2)
    assert (second.until, third.since) == (min(newest_chunk) - timedelta(days=1), trailing(TODAY, 200).since)
    assert second.days + third.days == 200 - 92


def test_a_day_last_read_while_it_was_running_is_read_again():
    day = date(2026, 3, 6)
    assert enough(TODAY, 28, {day: day}) == set()
    assert enough(TODAY, 28, {day: day + timedelta(days=1)}) == {day}


def test_a_day_that_became_final_without_being_read_at_its_end_is_read_again():
    day = TODAY - timedelta(days=29)
    assert enough(TODAY, 28, {day: day + timedelta(days=27)}) == set()
    assert enough(TODAY, 28, {day: day + timedelta(days=28)}) == {day}


def test_a_day_that_the_nightly_run_will_read_again_is_left_to_it():
    day = TODAY - timedelta(days=28)
    assert enough(TODAY, 28, {day: day + timedelta(days=2)}) == {day}


def test_a_requested_range_ends_with_the_accounts_own_today():
    assert clip_to_today(date(2026, 3, 1), date(2026, 4, 1), TODAY) == Window(date(2026, 3, 1), TODAY)


def test_a_range_in_the_accounts_future_leaves_nothing_to_read():
    assert clip_to_today(date(2026, 3, 11), date(2026, 4, 1), TODAY) is None


def test_a_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="after its end"):
        Window(TODAY, TODAY - timedelta(days=1))


@given(st.sets(days))
def test_grouping_days_into_ranges_loses_and_invents_none(chosen: set[date]):
    windows = runs_of(chosen)
    assert {day for window in windows for day in window.each_day()} == chosen
    assert all(a.until + timedelta(days=1) < b.since for a, b in pairwise(windows))


@given(st.sets(days, min_size=1), st.integers(1, 40))
def test_chunks_cover_the_same_days_once_and_start_with_the_newest(chosen: set[date], size: int):
    pieces = chunks(runs_of(chosen), size)
    covered = [day for piece in pieces for day in piece.each_day()]
    assert sorted(covered) == sorted(chosen)
    assert pieces == sorted(pieces, reverse=True)
    assert all(piece.days <= size for piece in pieces)

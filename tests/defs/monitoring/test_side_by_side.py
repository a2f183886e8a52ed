"""Reading on while others work: nothing gets lost, nothing is swallowed, and few are held."""

import threading
import time
from collections.abc import Iterator

import pytest

from adtrack_pipeline.defs.monitoring.side_by_side import worked_on


def test_results_come_in_the_order_of_the_items_however_long_each_takes():
    def slow_when_even(number: int) -> int:
        time.sleep(0.002 * (number % 2 == 0))
        return 10 * number

    assert list(worked_on(range(50), slow_when_even, at_once=2)) == [10 * number for number in range(50)]
    assert list(worked_on([], slow_when_even, at_once=2)) == []


def test_reading_goes_on_while_two_are_worked_on_and_waits_when_one_more_does():
    may_end, read = threading.Event(), []

    def source() -> Iterator[int]:
        for number in range(6):
            read.append(number)
            yield number

    def until_told(number: int) -> int:
        may_end.wait(30)
        return number

    def look() -> None:
        time.sleep(0.2)
        seen.append(len(read))
        may_end.set()

    seen: list[int] = []
    watcher = threading.Thread(target=look)
    watcher.start()
    assert list(worked_on(source(), until_told, at_once=2)) == list(range(6))
    watcher.join()
    assert seen == [3]


def test_what_reading_raises_arrives_as_it_is():
    def source() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        list(worked_on(source(), str, at_once=2))


def test_what_working_raises_arrives_as_it_is():
    with pytest.raises(ZeroDivisionError):
        list(worked_on([1, 0], lambda number: 1 / number, at_once=2))

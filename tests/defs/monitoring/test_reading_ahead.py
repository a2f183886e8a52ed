"""Reading the next account while one is judged: nothing gets lost, and nothing is swallowed."""

from collections.abc import Iterator

import pytest

from adtrack_pipeline.defs.monitoring.copying import ahead


def test_items_come_in_order_and_all_of_them():
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter([]))) == []
    assert list(ahead(iter([None, None]))) == [None, None]


def test_at_most_one_more_is_read_than_is_worked_on():
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(5):
            read.append(number)
            yield number

    for number in ahead(source()):
        assert len(read) <= number + 2


def test_what_reading_raises_arrives_after_what_was_read_before_it():
    def source() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    items = ahead(source())
    assert next(items) == 1
    with pytest.raises(LookupError, match="gone"):
        next(items)

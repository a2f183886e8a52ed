"""Several sources read at once as one stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

import pytest

from adtrack_pipeline.platforms.meta.streams import merge, together


async def numbers(start: int, count: int, log: list[int] | None = None) -> AsyncGenerator[int, None]:
    for number in range(start, start + count):
        await asyncio.sleep(0)
        if log is not None:
            log.append(number)
        yield number


async def test_everything_arrives_once_and_each_source_keeps_its_order() -> None:
    sources = [partial(numbers, start, 5) for start in (0, 100, 200)]
    got = [item async for item in merge(sources, 2, 2)]
    assert sorted(got) == [*range(5), *range(100, 105), *range(200, 205)]
    assert [item for item in got if item < 100] == list(range(5))


async def test_no_sources_are_an_empty_stream() -> None:
    assert [item async for item in merge([], 0, 2)] == []


async def test_a_failing_source_fails_the_stream_after_what_was_read() -> None:
    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("broken")

    stream = aiter(merge([failing], 1, 2))
    assert await anext(stream) == 1
    with pytest.raises(RuntimeError, match="broken"):
        await anext(stream)


async def test_a_reader_that_stops_ends_the_sources() -> None:
    log: list[int] = []
    async with aclosing(merge([partial(numbers, 0, 1000, log)], 1, 3)) as stream:
        async for _ in stream:
            break
    before = len(log)
    await asyncio.sleep(0.01)
    assert len(log) == before <= 6


async def test_calls_run_together_and_one_failure_ends_the_others() -> None:
    finished = []

    async def slow() -> int:
        await asyncio.sleep(5)
        finished.append(1)
        return 1

    async def broken() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await together([slow(), broken()])
    assert finished == []

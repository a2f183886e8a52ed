"""Pages that are asked for before anybody is ready to read them."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from adtrack_pipeline.ingestion.ahead import begun


class Source:
    """Pages 1 to 3; remembers what happened to it."""

    def __init__(self, fails_at: int = 0) -> None:
        self.fails_at = fails_at
        self.asked = 0
        self.closed = False

    async def pages(self) -> AsyncGenerator[int, None]:
        try:
            for number in (1, 2, 3):
                self.asked = number
                if number == self.fails_at:
                    raise ConnectionResetError
                yield number
        finally:
            self.closed = True


async def test_the_first_page_is_asked_for_before_it_is_read_and_all_arrive_in_order():
    source = Source()
    async with begun(source.pages()) as pages:
        await asyncio.sleep(0)
        assert source.asked == 1
        assert [page async for page in pages] == [1, 2, 3]
    assert source.closed


async def read_into(read: list[int], pages: AsyncGenerator[int, None], error: Exception | None = None) -> None:
    """Read pages while the database takes its time, or is not there at all."""
    async with begun(pages) as asked:
        await asyncio.sleep(0)
        if error:
            raise error
        async for page in asked:
            read.append(page)


@pytest.mark.parametrize("fails_at", [1, 3])
async def test_an_error_is_raised_where_its_page_is_read(fails_at: int):
    read: list[int] = []
    with pytest.raises(ConnectionResetError):
        await read_into(read, Source(fails_at).pages())
    assert read == [1, 2, 3][: fails_at - 1]


async def test_a_database_that_is_not_there_ends_the_reading():
    source = Source()
    with pytest.raises(OSError, match="no database"):
        await read_into([], source.pages(), OSError("no database"))
    assert source.closed

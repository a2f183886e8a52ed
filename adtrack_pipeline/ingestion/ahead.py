"""Asking the platform before the database is ready for the answer: neither waits for the other to begin."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def begun(pages: AsyncGenerator[T, None]) -> AsyncIterator[AsyncIterator[T]]:
    """Ask for the first page now; the block reads all pages, the first of which may be there already.

    Its error is raised where it is read. A block that is left early ends the reading.
    """
    first = asyncio.ensure_future(anext(pages, None))

    async def all_pages() -> AsyncIterator[T]:
        page = await first
        while page is not None:
            yield page
            page = await anext(pages, None)

    try:
        yield all_pages()
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await pages.aclose()

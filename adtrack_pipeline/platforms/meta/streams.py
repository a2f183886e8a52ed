"""Reading several page streams at once with a bounded buffer, so that network and loading overlap.

Belongs here: plumbing of asynchronous iterators. Does not belong here: anything about Meta.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _End(Generic[T]):
    """A worker is through; with its error when it failed."""

    error: Exception | None


async def merge(
    sources: Iterable[Callable[[], AsyncGenerator[T, None]]], concurrency: int, buffer: int
) -> AsyncGenerator[T, None]:
    """Yield the items of all sources, `concurrency` of them being read at once, `buffer` items held at most.

    Items of one source keep their order. The first failure stops everything and is raised.
    """
    queue: asyncio.Queue[T | _End[T]] = asyncio.Queue(maxsize=buffer)
    waiting = iter(sources)

    async def worker() -> None:
        try:
            for source in waiting:
                async with aclosing(source()) as items:
                    async for item in items:
                        await queue.put(item)
        except Exception as error:  # handed over to whoever reads
            await queue.put(_End(error))
        else:
            await queue.put(_End(None))

    workers = [asyncio.create_task(worker()) for _ in range(concurrency)]
    try:
        running = len(workers)
        while running:
            item = await queue.get()
            if not isinstance(item, _End):
                yield item
                continue
            if item.error is not None:
                raise item.error
            running -= 1
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run calls at once and return their results in order; the first failure ends the others and is raised."""
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

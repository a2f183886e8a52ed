"""Working on what is read while the next is being read. Knows nothing of what is read or worked on."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def worked_on(items: Iterable[T], work: Callable[[T], R], *, at_once: int) -> Iterator[R]:
    """What `work` makes of each item, in their order.

    Items are read here, one after the other, while threads work on those before: at most `at_once` of them, and
    one more waits. What reading or working raises is raised here, in its place.
    """
    with ThreadPoolExecutor(at_once) as workers:
        begun: deque[Future[R]] = deque()
        for item in items:
            begun.append(workers.submit(work, item))
            del item  # whoever works on it holds it, nobody else
            while begun and (begun[0].done() or len(begun) > at_once):
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()

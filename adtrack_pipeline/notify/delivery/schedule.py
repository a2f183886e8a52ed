"""When to try again. Pure: numbers in, seconds out.

One message that its receiver refuses follows the schedule Standard Webhooks advises, three days in all. A receiver
that cannot be used at all is asked with one message every few minutes instead, however long it takes: nothing is
given up because of an outage, and what waited leaves soon after it ends.
"""

import random
from collections.abc import Callable

MINUTE, HOUR = 60.0, 3600.0
# Seconds between the attempts at one message; the first is made at once. After the last it is given up.
RETRIES = (
    0.0,
    5.0,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
PAUSES = (5.0, 30.0, MINUTE, 5 * MINUTE)  # the last one is repeated
JITTER = 0.1
LONGEST_RETRY_AFTER = 24 * HOUR

Random = Callable[[], float]  # uniform in [0, 1)


def retry_delay(attempts: int, chance: Random = random.random) -> float | None:
    """Seconds until a message is tried again that was refused `attempts` times (>= 1); None: give it up."""
    if attempts >= len(RETRIES):
        return None
    return _jittered(RETRIES[attempts], chance)


def pause_delay(failures: int, retry_after: float | None = None, chance: Random = random.random) -> float:
    """Seconds a channel rests that could not be used `failures` times in a row (>= 1).

    What the receiver asked for is kept at least, and at most for a day.
    """
    own = _jittered(PAUSES[min(failures, len(PAUSES)) - 1], chance)
    return own if retry_after is None else max(own, min(retry_after, LONGEST_RETRY_AFTER))


def _jittered(seconds: float, chance: Random) -> float:
    """Up to a tenth later, never earlier: receivers that failed together are not asked together again."""
    return seconds * (1 + JITTER * chance())

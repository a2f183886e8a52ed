"""Random numbers without state: a number in [0, 1) for any combination of integers, the same for ever.

This is what makes the world a pure function: nothing is drawn in an order, everything is looked up.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64."""
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def uniform(seed: int, stream: str, *keys: Ints | int) -> Floats:
    """Numbers in [0, 1), one per combination of the (broadcast) integer keys.

    `stream` separates uses: the same keys give unrelated numbers in another stream.
    """
    with np.errstate(over="ignore"):
        state = np.full(1, (seed * 1_000_003) % 2**64, dtype=np.uint64)
        for char in stream.encode():
            state = _mix(state + np.uint64(char) + _GOLDEN)
        for key in keys:
            state = _mix(state ^ _mix(np.atleast_1d(np.asarray(key, dtype=np.int64)).astype(np.uint64) + _GOLDEN))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def integers(seed: int, stream: str, low: int, high: int, *keys: Ints | int) -> Ints:
    """Whole numbers from `low` to `high`, both included."""
    return np.asarray(low + (uniform(seed, stream, *keys) * (high - low + 1)), dtype=np.int64)


def lognormal(seed: int, stream: str, sigma: float, *keys: Ints | int) -> Floats:
    """Factors around 1 (their median), spread by `sigma`."""
    first = np.maximum(uniform(seed, stream + "/1", *keys), 1e-12)
    second = uniform(seed, stream + "/2", *keys)
    return np.asarray(np.exp(sigma * np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)))


def scalar(seed: int, stream: str, *keys: int) -> float:
    """One number in [0, 1)."""
    return float(uniform(seed, stream, *keys)[0])

"""Random factors and the shape of the week, as arrays of [hours, ads].

Belongs here: mathematics without meaning. Does not belong here: which metric gets which factor (`base`).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter  # type: ignore[import-untyped]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def ar1(rng: np.random.Generator, shape: tuple[int, int], sd: float, memory: float) -> Array:
    """A stationary AR(1) per column with standard deviation `sd` and step-to-step correlation `memory`."""
    shocks = rng.normal(size=shape) * sd * np.sqrt(1 - memory**2)
    shocks[0] = rng.normal(size=shape[1]) * sd
    filtered: Array = lfilter([1.0], [1.0, -memory], shocks, axis=0)
    return filtered


def gamma_factor(rng: np.random.Generator, shape: tuple[int, int], sd: float) -> Array:
    """Independent factors with mean 1 and standard deviation `sd`: makes Poisson counts negative-binomial."""
    if sd <= 0:
        return np.ones(shape)
    return rng.gamma(1 / sd**2, sd**2, size=shape)


def tail_factor(rng: np.random.Generator, shape: tuple[int, int], degrees: float, scale: float) -> Array:
    """Independent heavy-tailed factors around 1, never beyond a factor of five."""
    if degrees <= 0:
        return np.ones(shape)
    wild = rng.standard_t(degrees, size=shape) * scale
    factor: Array = np.exp(np.clip(wild, -np.log(5), np.log(5)))
    return factor


def swing(hour: Any, amplitude: Any, peak: Any) -> Array:
    """A day's shape with mean near 1: highest at `peak`, with a second, smaller hump."""
    angle = 2 * np.pi * (hour - peak) / 24
    level = amplitude * np.cos(angle) + 0.25 * amplitude * np.cos(2 * angle)
    shape: Array = np.exp(level - 0.27 * np.square(amplitude))
    return shape


def window_spread(noise: Array, weight: Array, hours: int) -> float:
    """How much a weighted mean of `noise` over `hours` hours usually varies: relative standard deviation."""
    total = np.concatenate([[0.0], np.cumsum(noise * weight)])
    weights = np.concatenate([[0.0], np.cumsum(weight)])
    starts = np.arange(0, max(len(noise) - hours, 1), max(hours // 2, 1))
    ends = np.minimum(starts + hours, len(noise))
    base = weights[ends] - weights[starts]
    kept = base > 0.2 * base.max() if base.size and base.max() > 0 else base > 0
    if kept.sum() < 4:
        return 0.0
    means = (total[ends] - total[starts])[kept] / base[kept]
    return float(np.std(means) / max(float(np.mean(means)), 1e-9))

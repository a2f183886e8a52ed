"""Worlds the tests share; built once."""

import pytest

from benchmarks.detection.labels import World
from benchmarks.detection.worlds import NAMES, build


@pytest.fixture(scope="session")
def worlds() -> dict[str, World]:
    return {name: build(name, 0) for name in NAMES}

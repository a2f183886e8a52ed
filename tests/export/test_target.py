"""A file is complete or not there, whenever its writer is stopped."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

import pytest

from adtrack_pipeline.export import target
from adtrack_pipeline.export.target import write_whole


@contextmanager
def _ctrl_c_at(step: int) -> Iterator[None]:
    """Ctrl-C before the `step`th line that the module runs from now on."""
    left = step
    tracer = sys.gettrace()

    def watch(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        nonlocal left
        if frame.f_code.co_filename != target.__file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return watch

    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(tracer)


def _fill(file: IO[bytes]) -> int:
    return file.write(b"whole")


def test_wherever_a_stop_comes_the_file_is_whole_or_as_before_and_nothing_else_is_left(tmp_path: Path):
    path = tmp_path / "days.csv"
    for step in range(1, 1000):
        path.write_text("before")
        try:
            with _ctrl_c_at(step):
                write_whole(path, _fill)
        except KeyboardInterrupt:
            pass
        else:
            assert step > 15, "the stops did not come"
            break
        assert [one.name for one in tmp_path.iterdir()] == ["days.csv"], step
        assert path.read_text() in {"before", "whole"}, step
    assert path.read_text() == "whole"


def test_a_stop_while_another_export_writes_leaves_that_ones_file_alone(tmp_path: Path):
    path = tmp_path / "days.csv"

    def write(file: IO[bytes]) -> None:
        with pytest.raises(target.ExportError, match="Another export is writing"):
            write_whole(path, _fill)
        _fill(file)

    write_whole(path, write)
    assert path.read_text() == "whole"

"""What lies in the inbox, and what is taken from it when."""

from pathlib import Path
from typing import Any

import fsspec
import pytest

from adtrack_pipeline.intake import IntakeError
from adtrack_pipeline.intake.inbox import address, look
from adtrack_pipeline.intake.watching import ATTEMPTS, MOST_FILES, Batch, Memory, step
from tests.intake.making import a_csv, csv_text, predictions, write


def taken(memory: Memory, inbox: Path, run: Any = "none") -> tuple[Memory, tuple[str, ...]]:
    memory, batch = step(memory, look(str(inbox)), run)
    return memory, batch.names if batch else ()


def test_a_file_is_taken_once_two_looks_found_it_the_same(tmp_path: Path):
    a_csv(tmp_path / "predictions", predictions())
    memory, names = taken(Memory(), tmp_path)
    assert names == ()
    memory, names = taken(memory, tmp_path)
    assert names == ("predictions/file.csv",)
    memory, names = taken(memory, tmp_path, "succeeded")
    assert names == ()
    assert memory.asked is None


def test_a_file_that_still_grows_waits(tmp_path: Path):
    text, memory = csv_text(predictions(30)), Memory()
    for length in (200, 400, 600):
        write(tmp_path / "orders" / "growing.csv", text[:length])
        memory, names = taken(memory, tmp_path)
        assert names == ()
    assert taken(memory, tmp_path)[1] == ("orders/growing.csv",)


@pytest.mark.parametrize("name", [".hidden.csv", "half.csv.tmp", "half.CSV.PART", "_temporary/0.csv", "half.csv~"])
def test_what_is_hidden_or_unfinished_by_name_is_left_alone(tmp_path: Path, name: str):
    write(tmp_path / "predictions" / name, "x")
    assert look(str(tmp_path)) == []


def test_an_inbox_that_does_not_exist_is_empty(tmp_path: Path):
    assert look(str(tmp_path / "none")) == []


def test_other_folders_and_files_beside_them_are_nobodys_business(tmp_path: Path):
    for name in ("fx/rates.csv", "readme.csv", "other/x.csv"):
        write(tmp_path / name, "x")
    assert look(str(tmp_path)) == []


def test_a_prefix_of_an_object_store_is_an_inbox(tmp_path: Path):
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/inbox/orders/day=1/o.csv", b"a,b\n")
    try:
        [entry] = look("memory://bucket/inbox")
        assert entry.name == "orders/day=1/o.csv"
        assert address("memory://bucket/inbox/", entry.name) == "memory://bucket/inbox/orders/day=1/o.csv"
        store.pipe("/bucket/inbox/orders/day=1/o.csv", b"a,b,c\n")
        assert look("memory://bucket/inbox")[0].mark != entry.mark
    finally:
        store.rm("/bucket", recursive=True)


def test_a_store_that_is_not_installed_is_told_in_one_sentence():
    with pytest.raises(IntakeError, match=r"s3:// cannot be read here; install the package s3fs"):
        look("s3://bucket/inbox")


def test_a_batch_that_runs_is_waited_for_and_what_comes_meanwhile_is_remembered(tmp_path: Path):
    a_csv(tmp_path / "predictions", predictions(), "a.csv")
    memory, _ = taken(Memory(), tmp_path)
    memory, names = taken(memory, tmp_path)
    a_csv(tmp_path / "predictions", predictions(), "b.csv")
    memory, none = taken(memory, tmp_path, "going")
    assert (names, none) == (("predictions/a.csv",), ())
    assert taken(memory, tmp_path, "succeeded")[1] == ("predictions/b.csv",)


def test_a_run_that_was_never_launched_is_asked_for_under_the_same_key(tmp_path: Path):
    a_csv(tmp_path / "predictions", predictions())
    memory, _ = taken(Memory(), tmp_path)
    memory, first = step(memory, look(str(tmp_path)), "none")
    _, second = step(memory, look(str(tmp_path)), "none")
    assert first is not None
    assert second == first


def test_a_batch_that_fails_is_asked_for_a_few_times_each_under_a_key_of_its_own(tmp_path: Path):
    a_csv(tmp_path / "predictions", predictions())
    memory, _ = taken(Memory(), tmp_path)
    memory, batch = step(memory, look(str(tmp_path)), "none")
    keys = []
    while batch:
        keys.append(batch.key)
        memory, batch = step(memory, look(str(tmp_path)), "failed")
    assert len(set(keys)) == ATTEMPTS
    assert taken(memory, tmp_path)[1] == ()


def test_a_removed_file_is_forgotten(tmp_path: Path):
    file = a_csv(tmp_path / "predictions", predictions())
    memory, _ = taken(Memory(), tmp_path)
    memory, _ = taken(memory, tmp_path)
    file.unlink()
    memory, names = taken(memory, tmp_path, "succeeded")
    assert (memory, names) == (Memory(), ())


def test_a_run_has_an_end_however_many_files_there_are(tmp_path: Path):
    for n in range(MOST_FILES + 5):
        write(tmp_path / "orders" / f"{n}.csv", "x")
    memory, _ = taken(Memory(), tmp_path)
    memory, first = taken(memory, tmp_path)
    _, second = taken(memory, tmp_path, "succeeded")
    assert (len(first), len(second)) == (MOST_FILES, 5)
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    "text", [None, "", "garbage", "[]", '{"asked": 3}'], ids=["none", "empty", "text", "list", "odd"]
)
def test_a_cursor_that_cannot_be_read_is_the_first_look(text: str | None):
    assert Memory.from_text(text) == Memory()


def test_what_is_remembered_comes_back():
    memory = Memory(frozenset({"a"}), frozenset({"b"}), Batch(("orders/x.csv",), ("c",), 2))
    assert Memory.from_text(memory.to_text()) == memory

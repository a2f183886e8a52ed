"""Files as people have them: formats, encodings, delimiters, damage."""

import codecs
import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adtrack_pipeline.intake import PREDICTIONS, IntakeError
from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.files import held
from adtrack_pipeline.intake.reading import BadRow, Header, RawRow, read_rows
from adtrack_pipeline.intake.reading.text import LONGEST_LINE
from tests.intake.making import csv_text, predictions, write

TEXT = csv_text(predictions(3))


def items(path: Path) -> list[Any]:
    with held(path) as file:
        return [one for one in read_rows(file, PREDICTIONS.knows) if not isinstance(one, Header)]


def rows(path: Path) -> list[dict[str, Any]]:
    return [dict(zip(one.names, one.values, strict=True)) for one in items(path)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "pipe"])
def test_the_delimiter_is_found_by_the_columns_it_yields(tmp_path: Path, delimiter: str):
    text = csv_text(predictions(3, note="a, b; c | d"), delimiter)
    assert rows(write(tmp_path / "f.csv", text)) == predictions(3, note="a, b; c | d")


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        gzip.compress(TEXT.encode(), mtime=0),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        ("\n\n" + TEXT).encode(),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16", "utf-16 be", "utf-32", "gzip", "crlf", "cr", "blank lines first"],
)
def test_whatever_a_program_writes_as_csv_reads_the_same(tmp_path: Path, content: bytes):
    assert rows(write(tmp_path / "f.csv", content)) == predictions(3)


@pytest.mark.parametrize("name", ["f.jsonl", "f.ndjson", "f.jsonl.gz", "without-suffix"])
def test_jsonl_is_read_by_its_name_or_its_look(tmp_path: Path, name: str):
    text = "\n".join(map(json.dumps, predictions(3))) + "\n\n"
    assert rows(
        write(tmp_path / name, gzip.compress(text.encode()) if name.endswith("gz") else text)
    ) == predictions(3)


def test_parquet_is_read_in_blocks_with_its_types(tmp_path: Path):
    frame = pd.DataFrame(predictions(3)).astype({"predicted_ctr": float})
    frame["window_start"] = pd.to_datetime(frame["window_start"]).dt.date
    frame.to_parquet(tmp_path / "f.parquet")
    found = items(tmp_path / "f.parquet")
    assert [one.line for one in found] == [1, 2, 3]
    assert dict(zip(found[0].names, found[0].values, strict=True))["predicted_ctr"] == 2.1


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "f.csv", r"is empty \(0 bytes\)"),
        (b"\n\n", "f.csv", "its first line must name the columns"),
        (b"\n \n", "f.jsonl", "must hold one JSON object per line"),
        (TEXT.replace("ad", "Köln").encode("latin-1"), "f.csv", "is not UTF-8 after line 0"),
        (TEXT.encode() + "é".encode("latin-1"), "f.csv", "is not UTF-8 after line"),
        (TEXT.encode("utf-16-le"), "f.csv", "UTF-16 without a mark"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-20], "f.csv.gz", "is truncated"),
        (gzip.compress(TEXT.encode(), mtime=0)[:30] + b"garbage" * 9, "f.csv.gz", "is damaged|is truncated"),
        (b"PK\x03\x04rest", "f.xlsx", "is a workbook"),
        (b"PAR1 and not much more", "f.parquet", "truncated or damaged Parquet"),
        (b'[\n{"a": 1}\n]', "f.json", "is one JSON list"),
        (b"level,object_id,level\n", "f.csv", "has the column level twice"),
        (b"x" * (LONGEST_LINE + 5), "f.csv", "this is no table"),
        (b'level,"object_id\n', "f.csv", "a quote in it has no end"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, name: str, said: str
):
    with pytest.raises(RefusedError, match=said) as refused:
        items(write(tmp_path / name, content))
    assert name in str(refused.value)


def test_parquet_that_is_truncated_is_refused(tmp_path: Path):
    pd.DataFrame(predictions(500)).to_parquet(tmp_path / "f.parquet")
    content = (tmp_path / "f.parquet").read_bytes()
    with pytest.raises(RefusedError, match="truncated or damaged"):
        items(write(tmp_path / "f.parquet", content[: len(content) // 2]))


def test_two_columns_that_are_one_but_for_how_they_are_written_are_a_mistake_in_every_format(tmp_path: Path):
    pd.DataFrame({"Object ID": ["1"], "object_id": ["2"]}).to_parquet(tmp_path / "f.parquet")
    with pytest.raises(RefusedError, match="has the column object_id twice"):
        items(tmp_path / "f.parquet")
    found = items(write(tmp_path / "f.jsonl", json.dumps(predictions(1)[0] | {"Object-ID": "2"})))
    assert [(type(one), one.reason) for one in found] == [
        (BadRow, "The line has object_id twice: leave one of them out.")
    ]


def test_a_csv_that_was_cut_off_loses_only_its_last_row(tmp_path: Path):
    found = items(write(tmp_path / "f.csv", TEXT[:-60]))
    assert [type(one) for one in found] == [RawRow, RawRow, BadRow]
    assert "cut off" in found[-1].reason
    assert found[-1].line == 4


def test_jsonl_that_was_cut_off_loses_only_its_last_row(tmp_path: Path):
    text = "\n".join(map(json.dumps, predictions(3)))
    found = items(write(tmp_path / "f.jsonl", text[:-9]))
    assert [type(one) for one in found] == [RawRow, RawRow, BadRow]


@pytest.mark.parametrize("line", ["3", '"x"', "[1]", "{", "nonsense", "[" * 100_000], ids=lambda v: v[:8])
def test_a_line_that_is_no_object_is_a_bad_row(tmp_path: Path, line: str):
    text = json.dumps(predictions(1)[0]) + "\n" + line + "\n" + json.dumps(predictions(1)[0])
    assert [type(one) for one in items(write(tmp_path / "f.jsonl", text))] == [RawRow, BadRow, RawRow]


def test_a_stray_quote_costs_its_own_line_and_none_after_it(tmp_path: Path):
    lines = TEXT.splitlines()
    lines[2] = lines[2].replace("p2", '"p2')
    found = items(write(tmp_path / "f.csv", "\n".join(lines)))
    assert [type(one).__name__ for one in found] == ["RawRow", "BadRow", "RawRow"]
    assert [one.line for one in found] == [2, 3, 4]
    assert found[1].text.startswith('"p2')


def test_a_text_over_several_lines_is_one_row_that_begins_where_it_begins(tmp_path: Path):
    text = csv_text(predictions(2, note="one\ntwo"))
    assert [one.line for one in items(write(tmp_path / "f.csv", text))] == [2, 4]


def test_names_of_columns_are_forgiving(tmp_path: Path):
    text = "Prediction ID, LEVEL ,object-id\n1,ad,2\n"
    assert items(write(tmp_path / "f.csv", text))[0].names == ("prediction_id", "level", "object_id")


def test_lines_of_nothing_but_delimiters_are_no_rows(tmp_path: Path):
    assert rows(write(tmp_path / "f.csv", TEXT + ",,,,\n\n,\n")) == predictions(3)


def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    path = tmp_path / "f.csv"
    with path.open("w") as file:
        file.write(TEXT)
        file.writelines(TEXT.splitlines(keepends=True)[1] for _ in range(200_000))
    with held(path) as file_held:
        reading = read_rows(file_held, PREDICTIONS.knows)
        next(reading)
        import tracemalloc

        tracemalloc.start()
        for _ in range(20_000):
            next(reading)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_refusal_and_never_a_crash(tmp_path: Path, content: bytes):
    for name in ("f.csv", "f.jsonl"):
        try:
            found = items(write(tmp_path / name, content))
        except RefusedError:
            continue
        assert all(isinstance(one, RawRow | BadRow) for one in found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1), min_size=1)
)
def test_what_a_csv_writer_wrote_is_what_is_read(tmp_path: Path, names: list[str]):
    written = [one | {"model_name": name} for one, name in zip(predictions(len(names)), names, strict=True)]
    assert rows(write(tmp_path / "f.csv", csv_text(written))) == written


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    for path, said in ((tmp_path / "none.csv", "there is no such file"), (tmp_path, "is a folder")):
        with pytest.raises(IntakeError, match=said), held(path):
            pass


@pytest.mark.parametrize(
    "url",
    ["s3://key:secret@bucket/x.csv", "https://user@host/x.csv", "simplecache::s3://bucket/x.csv"],
    ids=["password", "user", "chained"],
)
def test_a_url_with_credentials_is_refused_without_repeating_them(url: str):
    with pytest.raises(IntakeError, match="must hold no user, password") as refused, held(url):
        pass
    assert "secret" not in str(refused.value)


def test_a_store_nobody_knows_is_told():
    with pytest.raises(IntakeError, match="no store is known by the name nope://"), held("nope://x/y.csv"):
        pass


def test_a_file_of_an_object_store_is_read_from_a_copy(tmp_path: Path):
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe("/bucket/f.csv", TEXT.encode())
    try:
        with held("memory://bucket/f.csv") as file:
            assert file.name == "memory://bucket/f.csv"
            assert len(list(read_rows(file, PREDICTIONS.knows))) == 4
            copy = file.path
        assert not copy.exists()
    finally:
        store.rm("/bucket", recursive=True)


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path):
    path = write(tmp_path / "f.csv", TEXT)
    with held(path) as file:
        file.check_still()
        write(path, TEXT + "more")
        with pytest.raises(RefusedError, match="changed while it was being read"):
            file.check_still()

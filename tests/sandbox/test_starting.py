"""Starting a sandbox: every mistake is one clear sentence that says where it is."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from adtrack_pipeline.sandbox import SandboxError, SandboxOptions, serve
from adtrack_pipeline.sandbox.server import bind, build_server

ACCOUNT = [{"id": "act_1", "account_id": "1", "name": "a"}]


def folder(tmp_path: Path, **files: Any) -> Path:
    for name, content in {"accounts_json": ACCOUNT, **files}.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name.replace("_", ".")).write_text(text, "utf-8")
    return tmp_path


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"accounts_json": "[{]"}, r"accounts\.json, line 1, column 3: not valid JSON"),
    ({"accounts_json": {"data": []}}, r"accounts\.json: must hold a JSON list of Graph objects, not an object"),
    ({"accounts_json": [{"name": "x"}]}, r"accounts\.json, entry 1: has no id"),
    ({"accounts_json": [{"id": "act_x"}]}, r"accounts\.json, entry 1: account_id must be digits, not 'x'"),
    ({"ads_json": [{"id": "7", "account_id": "1"}, 3]}, r"ads\.json, entry 2: must be an object, not a number"),
    ({"ads_json": [{"id": "7", "account_id": "2"}]}, r"ads\.json, entry 1: account 2 is not in accounts\.json"),
    (
        {"ads_json": [{"id": "7", "account_id": "1"}, {"id": "7", "account_id": "1"}]},
        r"ads\.json, entry 2: id 7 repeats entry 1",
    ),
    (
        {"insights_jsonl": '{"account_id":"1","date_start":"2020-01-01"}\n{"a":'},
        r"insights\.jsonl, line 2, column \d+",
    ),
    ({"insights_jsonl": "[]\n"}, r"insights\.jsonl, line 1: must be an object, not a list"),
    ({"insights_jsonl": '{"account_id":"9"}\n'}, r"insights\.jsonl, line 1: account 9 is not in accounts\.json"),
    (
        {"insights_jsonl": '{"account_id":"1","date_start":"1.1.2020"}\n'},
        r"insights\.jsonl, line 1: date_start must be a day such as 2026-11-20, not '1\.1\.2020'",
    ),
]


@pytest.mark.parametrize(("files", "sentence"), MISTAKES)
def test_a_malformed_recording_names_file_line_and_mistake(
    tmp_path: Path, files: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SandboxError, match=sentence):
        build_server(SandboxOptions(replay=folder(tmp_path, **files)))


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="does not exist or is no folder"):
        build_server(SandboxOptions(replay=tmp_path / "nowhere"))
    with pytest.raises(SandboxError, match=r"accounts\.json is missing"):
        build_server(SandboxOptions(replay=tmp_path))


def test_a_recording_needs_no_more_than_its_accounts(tmp_path: Path) -> None:
    build_server(SandboxOptions(replay=folder(tmp_path)))


def test_a_port_in_use_is_one_sentence_with_the_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=rf"127\.0\.0\.1:{port}: Address already in use"):
            serve(SandboxOptions(port=port))


def test_a_free_port_can_be_taken_twice_in_a_row() -> None:
    for _ in range(2):
        bind(SandboxOptions(port=0)).close()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"accounts": 0}, "--accounts"),
        ({"ads": -1}, "--ads"),
        ({"days": 0}, "--days"),
        ({"port": 70_000}, "--port"),
    ],
)
def test_senseless_options_are_named(options: dict[str, int], named: str) -> None:
    with pytest.raises(SandboxError, match=named):
        SandboxOptions(**options)  # type: ignore[arg-type]

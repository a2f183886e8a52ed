"""Reading a replay folder and saying clearly what is wrong with it.

Checked is what serving needs: JSON, ids, known accounts, days. Values are not judged: a hostile number
in a recorded row is served as it was recorded.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from adtrack_pipeline.sandbox.options import SandboxError

Record = dict[str, Any]
OBJECT_FILES = ("campaigns", "adsets", "ads", "creatives")
REPLAY_FILES = ("accounts.json", *(f"{name}.json" for name in OBJECT_FILES), "insights.jsonl")


@dataclass(frozen=True)
class Recording:
    """A folder's content; objects and rows carry `account_id` as text without prefix."""

    accounts: list[Record]
    objects: dict[str, list[Record]]
    activities: list[Record]
    rows: list[Record]


def load_recording(folder: Path) -> Recording:
    """Read `accounts.json`, the object files, `insights.jsonl` and `activities.json` (all but the first may lack).

    Raises:
        SandboxError: which file, which line or entry, what is wrong.
    """
    if not folder.is_dir():
        raise SandboxError(f"The replay folder {folder} does not exist or is no folder.")
    if not (folder / "accounts.json").is_file():
        raise SandboxError(f"{folder / 'accounts.json'} is missing; a replay folder needs at least this file.")
    accounts = [_with_account(one, folder / "accounts.json", n) for n, one in _objects(folder / "accounts.json")]
    known = {one["account_id"] for one in accounts}
    objects = {name: _owned(folder / f"{name}.json", known) for name in OBJECT_FILES}
    activities = _owned(folder / "activities.json", known, needs_id=False)
    return Recording(accounts, objects, activities, list(_rows(folder / "insights.jsonl", known)))


def _float(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def parse_json(text: str) -> Any:
    """Decode JSON; a number that no float holds (1e400, NaN) stays its text."""
    return json.loads(text, parse_float=_float, parse_constant=str)


def _objects(path: Path, *, needs_id: bool = True) -> Iterator[tuple[int, Record]]:
    if not path.is_file():
        return
    try:
        found = parse_json(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise SandboxError(f"{path}: not UTF-8 text (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise SandboxError(
            f"{path}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg})."
        ) from None
    if not isinstance(found, list):
        raise SandboxError(f"{path}: must hold a JSON list of Graph objects, not {_kind_of(found)}.")
    seen: dict[str, int] = {}
    for number, one in enumerate(found, start=1):
        if not isinstance(one, dict):
            raise SandboxError(f"{path}, entry {number}: must be an object, not {_kind_of(one)}.")
        if needs_id:
            identity = str(one.get("id", "")).strip()
            if not identity:
                raise SandboxError(f"{path}, entry {number}: has no id.")
            if identity in seen:
                raise SandboxError(f"{path}, entry {number}: id {identity} repeats entry {seen[identity]}.")
            seen[identity] = number
            one["id"] = identity
        yield number, one


def _with_account(one: Record, path: Path, number: int) -> Record:
    account_id = str(one.get("account_id") or one.get("id", "")).removeprefix("act_")
    if not account_id.isdigit():
        raise SandboxError(f"{path}, entry {number}: account_id must be digits, not {account_id!r}.")
    one["account_id"] = account_id
    return one


def _owned(path: Path, known: set[str], *, needs_id: bool = True) -> list[Record]:
    owned = []
    for number, one in _objects(path, needs_id=needs_id):
        account_id = str(one.get("account_id", "")).removeprefix("act_")
        if account_id not in known:
            raise SandboxError(
                f"{path}, entry {number}: account {account_id or '(none)'} is not in accounts.json."
            )
        owned.append({**one, "account_id": account_id})
    return owned


def _rows(path: Path, known: set[str]) -> Iterator[Record]:
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            if raw.strip():
                yield _row(raw, f"{path}, line {number}", known)


def _row(raw: bytes, where: str, known: set[str]) -> Record:
    try:
        row = parse_json(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise SandboxError(f"{where}: not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise SandboxError(f"{where}, column {error.colno}: not valid JSON ({error.msg}).") from None
    if not isinstance(row, dict):
        raise SandboxError(f"{where}: must be an object, not {_kind_of(row)}.")
    account_id = str(row.get("account_id", "")).removeprefix("act_")
    if account_id not in known:
        raise SandboxError(f"{where}: account {account_id or '(none)'} is not in accounts.json.")
    row["account_id"] = account_id
    row.setdefault("date_stop", row.get("date_start"))
    for name in ("date_start", "date_stop"):
        try:
            date.fromisoformat(str(row.get(name)))
        except ValueError:
            raise SandboxError(
                f"{where}: {name} must be a day such as 2026-11-20, not {row.get(name)!r}."
            ) from None
    if row["date_stop"] < row["date_start"]:
        raise SandboxError(f"{where}: date_stop is before date_start.")
    return row


def _kind_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")

"""Meta's action lists: `actions` and `action_values` of an insight row, as JSON text.

Belongs here: deciding whether a list can be stored as it came, and mending it when not. Does not belong here:
which action counts as a conversion (that is a rule of the marts).
A list is stored as it came when every number in it is finite and every key is one we know. Counts may not be
negative; values may (a refund).
"""

from typing import Annotated, Any

import msgspec

from adtrack_pipeline.platforms.meta.values import BadValueError, decimal

WINDOWS = (
    "1d_click", "7d_click", "28d_click", "1d_view", "7d_view", "28d_view", "1d_ev", "7d_ev", "dda", "inline",
    "default",
)  # fmt: skip
"""Keys of an action entry that hold a number per attribution window."""

_Count = Annotated[float, msgspec.Meta(ge=0, lt=1e15)]
_Value = Annotated[float, msgspec.Meta(gt=-1e15, lt=1e15)]


def _entry_type(name: str, number: object) -> type[msgspec.Struct]:
    renamed = {f"w_{window}": window for window in WINDOWS}
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [("action_type", str)]
    fields += [(field, number, 0.0) for field in ("value", *renamed)]
    return msgspec.defstruct(name, fields, rename=renamed, forbid_unknown_fields=True, gc=False)


_ACTION = _entry_type("_Action", _Count)
_ACTION_VALUE = _entry_type("_ActionValue", _Value)
_check_counts = msgspec.json.Decoder(list[list[_ACTION]], strict=False).decode  # type: ignore[valid-type]
_check_values = msgspec.json.Decoder(list[list[_ACTION_VALUE]], strict=False).decode  # type: ignore[valid-type]


def check(counts: list[bytes], values: list[bytes]) -> None:
    """Validate the `actions` and the `action_values` of any number of rows at once, in C.

    Raises:
        ValueError: when one of them cannot be stored as it came; UnicodeDecodeError is one too.
    """
    if counts:
        _check_counts(b"[" + b",".join(counts) + b"]")
    if values:
        _check_values(b"[" + b",".join(values) + b"]")


def mend(entries: Any, name: str) -> str:
    """A list that cannot be stored as it came, rebuilt entry by entry: known keys, finite numbers, plain texts.

    Raises:
        BadValueError: with the column and what is wrong in it.
    """
    if not isinstance(entries, list):
        raise BadValueError(f"{name} is no list")
    return msgspec.json.encode([_entry(entry, name) for entry in entries]).decode()


def _entry(entry: Any, name: str) -> dict[str, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("action_type"), str):
        raise BadValueError(f"{name}: an entry is no object with an action_type")
    kept = {"action_type": entry["action_type"]}
    for key, value in entry.items():
        if key == "action_type" or isinstance(value, dict | list | None):
            continue
        if key == "value" or key in WINDOWS:
            try:
                kept[key] = decimal(value, negative=name == "action_values")
            except BadValueError as bad:
                raise BadValueError(f"{name}: {key} of {entry['action_type'][:80]}: {bad}") from None
        else:
            kept[key] = str(value)
    return kept

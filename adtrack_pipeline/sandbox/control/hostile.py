"""Hostile values: what a platform never promises not to send. Each variant spoils one row of an answer."""

import json
from collections.abc import Callable
from typing import Any

from adtrack_pipeline.sandbox.control.faults import Fault, FaultError

Row = dict[str, Any]


def _set(**values: Any) -> Callable[[Row], None]:
    return lambda row: row.update(values)


def _rename(text: str) -> Callable[[Row], None]:
    def spoil(row: Row) -> None:
        for name in ("name", "ad_name"):
            if name in row or (name == "ad_name" and "ad_id" in row):
                row[name] = text

    return spoil


def _drop(*names: str) -> Callable[[Row], None]:
    def spoil(row: Row) -> None:
        for name in names:
            row.pop(name, None)

    return spoil


def _currency(row: Row) -> None:
    row["currency" if "currency" in row else "account_currency"] = "ZZZ"


VARIANTS: dict[str, Callable[[Row], None]] = {
    "nan": _set(spend="NaN"),
    "infinity": _set(spend="Infinity"),
    "overflow": _set(spend="1e400"),
    "int64": _set(impressions="9223372036854775808"),
    "negative": _set(spend="-1.5", impressions="-3"),
    "text": _set(spend="twelve"),
    "null": _set(impressions=None, spend=None),
    "missing": _drop("impressions", "spend"),
    "number": _set(impressions=12, spend=1.5),
    "nul": _rename("before\x00after"),
    "surrogate": _rename("lone \ud800 surrogate"),
    "long_name": _rename("n" * 400),
    "unicode": _rename("Café ☕ 東京 \u202ertl\u202c e\u0301 \U0001f469\u200d\U0001f467"),
    "formula": _rename('=HYPERLINK("http://example.com","click")'),
    "unknown_field": _set(brand_new_metric={"depth": [1, "2"]}),
    "unknown_currency": _currency,
    "bad_date": _set(date_start="2026-13-45"),
    "no_id": _drop("ad_id", "id"),
    "action_nan": _set(actions=[{"action_type": "omni_purchase", "value": "NaN"}]),
    "actions_object": _set(actions={"omni_purchase": "3"}),
}


def check_variant(fault: Fault) -> None:
    """Refuse an unknown variant.

    Raises:
        FaultError: names the known ones.
    """
    if fault.kind == "hostile" and fault.more.get("variant") not in VARIANTS:
        raise FaultError(f"unknown variant {fault.more.get('variant')!r}; known are {', '.join(VARIANTS)}")


def spoil(body: bytes, fault: Fault) -> bytes:
    """An answer with one row spoiled: the first, or that of the `ad` the fault names."""
    answer = json.loads(body)
    wanted = fault.more.get("ad")
    rows = answer.get("data", [])
    for row in rows if isinstance(rows, list) else []:
        if wanted is None or str(wanted) in (row.get("ad_id"), row.get("id")):
            VARIANTS[fault.more["variant"]](row)
            break
    return json.dumps(answer).encode("ascii")

"""One insight row, read value by value with a reason for every refusal.

Belongs here: the rules for values that are not canonical as they stand (see `rows.py` for the fast path).
Missing counts and spend are zero, missing reach, frequency and video figures are unknown (None). Negative
figures are refused, spend too: Meta corrects spend by lowering the day's figure, never below zero, so that a
negative one is a defect and would silently lower every sum above it. Values of `action_values` may be negative.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from adtrack_pipeline.platforms.base import Account, InsightRow, RejectedRow, Report
from adtrack_pipeline.platforms.meta.actions import check, mend
from adtrack_pipeline.platforms.meta.fields import HOURLY_BREAKDOWN
from adtrack_pipeline.platforms.meta.jsontext import loads
from adtrack_pipeline.platforms.meta.values import BadValueError, count, decimal

_TEXTS = (
    "campaign_id", "adset_id", "campaign_name", "adset_name", "ad_name", "account_currency", "objective",
    "optimization_goal", "attribution_setting",
)  # fmt: skip
_VIDEO = (
    "video_play_actions", "video_p25_watched_actions", "video_p50_watched_actions",
    "video_p75_watched_actions", "video_p100_watched_actions", "video_thruplay_watched_actions",
)  # fmt: skip
_MAX_TEXT = 20_000
_split_row = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _Refused(Exception):  # noqa: N818
    """The row cannot be taken; the text is the reason."""


def read_row(raw: bytes, report: Report, account: Account, days: frozenset[str]) -> InsightRow | RejectedRow:
    """Read one row of a report, or say why it cannot be taken.

    Args:
        raw: the row's JSON.
        report: decides level and keys.
        account: the account that was asked.
        days: the ISO days that were asked for.
    """
    try:
        source = loads(raw)
    except ValueError:
        source = None
    try:
        if not isinstance(source, dict):
            raise _Refused("the row is no JSON object")
        return _read(source, _raw_lists(raw), report, account, days)
    except (_Refused, BadValueError) as refusal:
        return RejectedRow(_object_key(source), str(refusal), _text(raw))


def _read(
    source: dict[str, Any], raws: dict[str, bytes], report: Report, account: Account, days: frozenset[str]
) -> InsightRow:
    at_ad = report is not Report.ACCOUNT_DAILY
    owner = _identifier(source, "account_id")
    if owner and owner.removeprefix("act_") != account.account_id:
        raise _Refused(f"account_id {owner!r} is not the account that was asked, {account.account_id}")
    ad_id = _identifier(source, "ad_id") if at_ad else None
    if at_ad and not ad_id:
        raise _Refused("ad_id is missing")
    day = _day(source, days)
    text = {name: _string(source, name) for name in _TEXTS}
    hourly = report is Report.HOURLY
    impressions = _value(source, "impressions", count) or "0"
    plays, p25, p50, p75, p100, thruplays = (None if hourly else _first(source, name, count) for name in _VIDEO)
    return InsightRow(
        account.account_id, ad_id or "", day, _hour(source) if hourly else None,
        text["campaign_id"], text["adset_id"], text["campaign_name"], text["adset_name"], text["ad_name"],
        text["account_currency"] or account.currency, text["objective"], text["optimization_goal"],
        text["attribution_setting"],
        impressions, _clicks(source, impressions), _value(source, "inline_link_clicks", count) or "0",
        _first(source, "outbound_clicks", count) or "0", _value(source, "spend", decimal) or "0",
        None if hourly else _value(source, "reach", count),
        None if hourly else _value(source, "frequency", decimal),
        plays, p25, p50, p75, p100, thruplays,
        None if hourly else _first(source, "video_avg_time_watched_actions", decimal),
        _action_list(source, raws, "actions"), _action_list(source, raws, "action_values"),
    )  # fmt: skip


def _value(source: dict[str, Any], name: str, read: Callable[[Any], str]) -> str | None:
    value = source.get(name)
    if value is None:
        return None
    try:
        return read(value)
    except BadValueError as bad:
        raise BadValueError(f"{name}: {bad}") from None


def _first(source: dict[str, Any], name: str, read: Callable[[Any], str]) -> str | None:
    """The single value of a field that Meta wraps in a list of action stats."""
    value = source.get(name)
    if isinstance(value, list):
        if not value:
            return None
        if not isinstance(value[0], dict):
            raise BadValueError(f"{name}: its entry is no object")
        value = value[0].get("value", "0")
    return _value({name: value}, name, read)


def _clicks(source: dict[str, Any], impressions: str) -> str:
    """All clicks; for accounts that answer `ctr` alone by its identity, ctr = clicks / impressions * 100."""
    if source.get("clicks") is None and source.get("ctr") is not None:
        ctr = _value(source, "ctr", decimal) or "0"
        return _value({"ctr": round(Decimal(ctr) * Decimal(impressions) / 100)}, "ctr", count) or "0"
    return _value(source, "clicks", count) or "0"


def _identifier(source: dict[str, Any], name: str) -> str | None:
    value = source.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise _Refused(f"{name} is no identifier: {str(value)[:60]!r}")
    return str(value).strip() if value is not None else None


def _string(source: dict[str, Any], name: str) -> str | None:
    value = source.get(name)
    if isinstance(value, dict | list):
        raise _Refused(f"{name} is no text")
    return None if value is None else str(value)


def _day(source: dict[str, Any], days: frozenset[str]) -> str:
    start, stop = source.get("date_start"), source.get("date_stop")
    if not isinstance(start, str) or not start:
        raise _Refused("date_start is missing")
    if start != stop:
        raise _Refused(f"the row covers {start} to {stop}, not one day")
    if start not in days:
        raise _Refused(f"the day {start[:40]} was not asked for")
    return start


def _hour(source: dict[str, Any]) -> int:
    """The hour label "HH:00:00 - HH:59:59" as 0-23; -1 where Meta left it out."""
    label = source.get(HOURLY_BREAKDOWN)
    if label is None:
        return -1
    head = str(label)[:2]
    if not (head.isascii() and head.isdigit() and int(head) < 24 and str(label)[2:3] == ":"):
        raise _Refused(f"the hour label {str(label)[:40]!r} is unknown")
    return int(head)


def _action_list(source: dict[str, Any], raws: dict[str, bytes], name: str) -> str | None:
    """The list as it came if that can be stored: else the same row would have two texts on its two paths."""
    if source.get(name) is None:
        return None
    try:
        if name in raws:
            check([raws[name]] if name == "actions" else [], [raws[name]] if name != "actions" else [])
            return raws[name].decode()
    except ValueError:
        pass
    return mend(source[name], name)


def _raw_lists(raw: bytes) -> dict[str, bytes]:
    try:
        parts = _split_row(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return {name: bytes(parts[name]) for name in ("actions", "action_values") if name in parts}


def _object_key(source: Any) -> str | None:
    """Which stored rows the refused one would have replaced: `ad_id/date_day`, either part may be empty."""
    if not isinstance(source, dict):
        return None
    ad_id, day = (str(source.get(name) or "")[:60] for name in ("ad_id", "date_start"))
    return f"{ad_id}/{day}" if ad_id or day else None


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", errors="replace").replace("\x00", "\ufffd")
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT]

"""Insight rows from JSON, at the machine's speed: typed decoding of whole pages.

Belongs here: the fast path, for values that are canonical as they stand. Anything else (a number instead of text,
"144.", NaN, a missing id) goes to `rows_strict.py`, which decides with reasons; both give the same row for the
same data. `actions` stay the text Meta sent: they are validated in C and stored as they came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

import msgspec

from adtrack_pipeline.platforms.base import Account, InsightRow, InsightsPage, RejectedRow, Report
from adtrack_pipeline.platforms.meta import rows_strict
from adtrack_pipeline.platforms.meta.actions import check
from adtrack_pipeline.platforms.meta.values import is_canonical

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Unset = msgspec.UnsetType
_UNSET = msgspec.UNSET


class _First(msgspec.Struct, gc=False):
    value: _Count = 0


class _FirstDecimal(msgspec.Struct, gc=False):
    value: str


class _Row(msgspec.Struct, gc=False):
    date_start: str
    date_stop: str
    account_id: str = ""
    ad_id: str = ""
    campaign_id: str | None = None
    adset_id: str | None = None
    campaign_name: str | None = None
    adset_name: str | None = None
    ad_name: str | None = None
    account_currency: str | None = None
    objective: str | None = None
    optimization_goal: str | None = None
    attribution_setting: str | None = None
    impressions: _Count = 0
    clicks: _Count | _Unset = _UNSET
    ctr: str | _Unset = _UNSET
    inline_link_clicks: _Count = 0
    outbound_clicks: list[_First] = []
    spend: str = "0"
    reach: _Count | _Unset = _UNSET
    frequency: str | None = None
    video_play_actions: list[_First] = []
    video_p25_watched_actions: list[_First] = []
    video_p50_watched_actions: list[_First] = []
    video_p75_watched_actions: list[_First] = []
    video_p100_watched_actions: list[_First] = []
    video_thruplay_watched_actions: list[_First] = []
    video_avg_time_watched_actions: list[_FirstDecimal] = []
    actions: msgspec.Raw | _Unset = _UNSET
    action_values: msgspec.Raw | _Unset = _UNSET
    hourly_stats_aggregated_by_advertiser_time_zone: str | None = None


_decode_rows = msgspec.json.Decoder(list[_Row], strict=False).decode
_decode_row = msgspec.json.Decoder(_Row, strict=False).decode
_split_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode

HOURS = {f"{hour:02d}:00:00 - {hour:02d}:59:59": hour for hour in range(24)}


class _Slow(Exception):  # noqa: N818
    """This row needs the strict reader."""


@dataclass(frozen=True)
class Expected:
    """What the rows of an answer must fit: report, account and the days that were asked for."""

    report: Report
    account: Account
    days: frozenset[str]

    @classmethod
    def window(cls, report: Report, account: Account, since: date, until: date) -> "Expected":
        """Rows of a window of days, both ends included."""
        span = range((until - since).days + 1)
        days = frozenset((since + timedelta(days=n)).isoformat() for n in span)
        return cls(report, account, days)


def decode_page(data: bytes, expected: Expected, body: bytes) -> InsightsPage:
    """Read the `data` list of an answer; `body` goes along for the archive.

    A row that cannot be taken is rejected with its reason; all others are delivered.
    """
    try:
        decoded = _decode_rows(data)
        _check_lists(decoded)
        build = _builder(expected)
        return InsightsPage([build(row) for row in decoded], [], body)
    except (msgspec.MsgspecError, UnicodeDecodeError, _Slow):
        return _row_by_row(data, expected, body)


def _check_lists(rows: list[_Row]) -> None:
    check(
        [bytes(row.actions) for row in rows if row.actions is not _UNSET],
        [bytes(row.action_values) for row in rows if row.action_values is not _UNSET],
    )


def _row_by_row(data: bytes, expected: Expected, body: bytes) -> InsightsPage:
    rows: list[InsightRow] = []
    rejected: list[RejectedRow] = []
    build = _builder(expected)
    for raw in _split_rows(data):
        try:
            row = _decode_row(raw)
            _check_lists([row])
            rows.append(build(row))
        except (msgspec.MsgspecError, UnicodeDecodeError, _Slow):
            taken = rows_strict.read_row(bytes(raw), expected.report, expected.account, expected.days)
            if isinstance(taken, RejectedRow):
                rejected.append(taken)
            else:
                rows.append(taken)
    return InsightsPage(rows, rejected, body)


def _builder(expected: Expected) -> Callable[[_Row], InsightRow]:
    """A function that shapes a decoded row for one report, or raises `_Slow`."""
    account_id, currency = expected.account.account_id, expected.account.currency
    days = expected.days
    at_ad = expected.report is not Report.ACCOUNT_DAILY
    hourly = expected.report is Report.HOURLY
    hour_of = HOURS.get

    def build(row: _Row) -> InsightRow:
        day = row.date_start
        spend, frequency = row.spend, row.frequency
        clicks = row.clicks
        if (
            (row.account_id != account_id and row.account_id)
            or day != row.date_stop
            or day not in days
            or (at_ad and not row.ad_id)
            or not is_canonical(spend)
            or (frequency is not None and not is_canonical(frequency))
            or (clicks is _UNSET and row.ctr is not _UNSET)
        ):
            raise _Slow
        hour = None
        if hourly:
            label = row.hourly_stats_aggregated_by_advertiser_time_zone
            hour = -1 if label is None else hour_of(label)
            if hour is None:
                raise _Slow
        average = row.video_avg_time_watched_actions
        if average and not is_canonical(average[0].value):
            raise _Slow
        return InsightRow(
            account_id,
            row.ad_id if at_ad else "",
            day,
            hour,
            row.campaign_id,
            row.adset_id,
            row.campaign_name,
            row.adset_name,
            row.ad_name,
            row.account_currency or currency,
            row.objective,
            row.optimization_goal,
            row.attribution_setting,
            str(row.impressions),
            "0" if clicks is _UNSET else str(clicks),
            str(row.inline_link_clicks),
            str(row.outbound_clicks[0].value) if row.outbound_clicks else "0",
            spend,
            None if hourly or row.reach is _UNSET else str(row.reach),
            None if hourly else frequency,
            _first(row.video_play_actions),
            _first(row.video_p25_watched_actions),
            _first(row.video_p50_watched_actions),
            _first(row.video_p75_watched_actions),
            _first(row.video_p100_watched_actions),
            _first(row.video_thruplay_watched_actions),
            average[0].value if average else None,
            None if row.actions is _UNSET else str(row.actions, "utf-8"),
            None if row.action_values is _UNSET else str(row.action_values, "utf-8"),
        )

    return build


def _first(stats: list[_First]) -> str | None:
    return str(stats[0].value) if stats else None

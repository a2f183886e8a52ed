"""Insights: a request to a resolved query, a page of its rows, nested insights, the summary.

Belongs here: parameters, checks and limits of reports. Does not belong here: numbers (the worlds), report
runs (`jobs.py`).
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from adtrack_pipeline.sandbox.graph import errors, paging
from adtrack_pipeline.sandbox.graph.catalog import HOURLY, Kind, names
from adtrack_pipeline.sandbox.graph.context import Context, Place
from adtrack_pipeline.sandbox.graph.fields import Field, parse_fields
from adtrack_pipeline.sandbox.graph.filters import KIND_OF, Condition, read_conditions, select
from adtrack_pipeline.sandbox.graph.pages import PageCache
from adtrack_pipeline.sandbox.graph.params import months_before, read_list, read_ranges
from adtrack_pipeline.sandbox.graph.request import GraphRequest
from adtrack_pipeline.sandbox.world import InsightQuery, Level, MetricFilter, RowSet, World

LEVEL_OF: dict[Kind, Level] = {
    Kind.ACCOUNT: "account",
    Kind.CAMPAIGN: "campaign",
    Kind.ADSET: "adset",
    Kind.AD: "ad",
}
_DEFAULT_FIELDS: dict[Level, tuple[str, ...]] = {
    "account": ("account_id", "impressions", "spend"),
    "campaign": ("account_id", "campaign_id", "impressions", "spend"),
    "adset": ("account_id", "campaign_id", "adset_id", "impressions", "spend"),
    "ad": ("account_id", "campaign_id", "adset_id", "ad_id", "impressions", "spend"),
}
LIVE_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view", "1d_ev")
_DEAD_WINDOWS = ("7d_view", "28d_view", "default", "dda", "skan_view", "skan_click", "incrementality")
_REFUSED = {"date_format": "date_format is no longer supported"}
_RETENTION_MONTHS, _HOURLY_MONTHS = 37, 13
_PINNED = 32
_POSITION = ("after", "before")
_ACCESS = ("limit", "access_token", "appsecret_proof")


class Reports:
    """Answers insight requests; row sets of running listings are pinned so that paging sees one state."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pinned: OrderedDict[str, RowSet] = OrderedDict()
        self._pages = PageCache(keep=context.options.prerender)

    def page(self, request: GraphRequest, place: Place) -> dict[str, Any]:
        """A synchronous report's page.

        Raises:
            GraphError: what the parameters earn; 100/1487534 above the row limit of synchronous reports.
        """
        params = {key: value for key, value in request.params.items() if key not in _POSITION}
        key = repr((request.path, sorted((name, text) for name, text in params.items() if name not in _ACCESS)))
        summary = None
        rowset = self._pinned.get(key) if request.params.get("after") else None
        if rowset is None:
            query = self.query(place, params)
            if self.exceeds(query, params, self._context.options.max_sync_rows):
                raise errors.too_many_rows()
            self._pinned.pop(key, None)
            rowset = self.pinned(key, query, params)
            summary = self._summary(query, params)
        answer = self.slice(rowset, request.params, request.url(*request.path), request.link_params())
        return answer if summary is None else {**answer, "summary": summary}

    def pinned(self, key: str, query: InsightQuery, params: Mapping[str, str]) -> RowSet:
        """The row set kept under a key, made anew when it is not (any more) there."""
        if key not in self._pinned:
            self._pinned[key] = self.rowset(query, params)
            if len(self._pinned) > _PINNED:
                self._pinned.popitem(last=False)
        self._pinned.move_to_end(key)
        return self._pinned[key]

    def exceeds(self, query: InsightQuery, params: Mapping[str, str], limit: int) -> bool:
        """Whether a report has more rows than a limit; counted only when the estimate leaves it open."""
        rowset = self.rowset(query, params)
        return rowset.at_most() > limit and len(rowset) > limit

    def slice(self, rowset: RowSet, params: dict[str, str], url: str, link: dict[str, str]) -> dict[str, Any]:
        """One page of a row set with offset cursors.

        Raises:
            GraphError: 2642 for a bad cursor, 500/1 when the page itself is too large.
        """
        limit = paging.read_limit(params)
        start = 0
        if after := params.get("after"):
            start = paging.read_offset(after) + 1
        elif before := params.get("before"):
            end = paging.read_offset(before)
            start = max(end - limit, 0)
            limit = end - start
        page = self._pages.read(rowset, start, limit)
        if page.count > self._context.options.max_page_rows:
            raise errors.reduce_the_amount()
        ends = paging.offset_cursor(start), paging.offset_cursor(start + page.count - 1)
        more = paging.More(page.has_more, start > 0)
        return paging.envelope(page.data if page.count else None, ends, more, url, link)

    def rowset(self, query: InsightQuery, params: Mapping[str, str]) -> RowSet:
        """The rows of a query in the order asked for."""
        rowset = self._context.world.insights(query)
        self._pages.know(rowset, query)
        sort = read_list(params, "sort")
        return _sorted(rowset, sort[0]) if sort else rowset

    def query(self, place: Place, params: Mapping[str, str], only: frozenset[str] | None = None) -> InsightQuery:
        """Resolve a request's parameters against an object (`only`: several of its kind).

        Raises:
            GraphError: for unknown fields, levels, windows, breakdowns, days out of reach.
        """
        for name, text in _REFUSED.items():
            if name in params:
                raise errors.bad_parameter(text)
        own = LEVEL_OF[place.kind]
        level = _level(params.get("level") or own)
        conditions = read_conditions(params)
        scope = {} if place.kind is Kind.ACCOUNT else {own: only or frozenset({place.object_id})}
        breakdowns = tuple(read_list(params, "breakdowns"))
        fields = _fields(params, level, breakdowns)
        _check_breakdowns(breakdowns, self._context.world)
        ranges = read_ranges(params, self._context.account_now(place.account_id).date())
        self._check_retention(place.account_id, min(since for since, _ in ranges), hourly=HOURLY in breakdowns)
        as_of = self._context.as_of()
        return InsightQuery(
            account_id=place.account_id,
            level=level,
            fields=fields,
            ranges=ranges,
            as_of=as_of,
            only=_with_ids(scope, conditions),
            without=self._without(place.account_id, level, conditions, as_of),
            windows=_windows(params),
            breakdowns=breakdowns,
            metric_filters=tuple(MetricFilter(one.field, one.matches) for one in conditions if one.on_metric),
            restated=tuple(self._context.effects.restatements),
        )

    def nested(
        self, request: GraphRequest, kind: Kind, account_id: str, ids: list[str], field: Field
    ) -> dict[str, dict[str, Any]]:
        """`insights{…}` for several objects of a list at once; objects without rows are missing."""
        if kind not in LEVEL_OF or not ids:
            return {}
        params = {**field.arguments, "fields": ",".join(one.name for one in field.inner)}
        owner = account_id or ids[0].removeprefix("act_")
        own_id = "account_id" if kind is Kind.ACCOUNT else f"{LEVEL_OF[kind]}_id"
        place = self._context.place(ids[0] if kind is not Kind.ACCOUNT else f"act_{owner}")
        query = self.query(place, params, frozenset(ids))
        rowset = self.rowset(replace(query, fields=tuple(dict.fromkeys((*query.fields, own_id)))), params)
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in rowset.rows(0, len(rowset)):
            key = str(row[own_id]) if own_id in query.fields else str(row.pop(own_id))
            grouped.setdefault(f"act_{key}" if kind is Kind.ACCOUNT else key, []).append(row)
        return {
            one: self.slice(_Listed(rows), params, request.url(one, "insights"), request.link_params(params))
            for one, rows in grouped.items()
        }

    def _without(
        self, account_id: str, level: Level, conditions: list[Condition], as_of: datetime
    ) -> dict[Level, frozenset[str]]:
        """Ids that attribute filters, the default on archived ads, and vanished ads leave out."""
        left_out: dict[Level, frozenset[str]] = {}
        prefixes: tuple[Level, ...] = ("campaign", "adset", "ad")
        for prefix in prefixes:
            kind = KIND_OF[prefix]
            own = [
                one
                for one in conditions
                if one.field != "id" and not one.on_metric and (one.kind or KIND_OF.get(level)) is kind
            ]
            default = prefix == level and not self._context.options.archived_by_default
            if own or default:
                table = self._context.world.table(kind, account_id, as_of)
                kept = set(select(table, own, archived=not default))
                left_out[prefix] = frozenset(one for row, one in enumerate(table.ids) if row not in kept)
        if level == "ad" and (vanished := self._context.effects.vanished):
            left_out["ad"] = left_out.get("ad", frozenset()) | vanished
        return left_out

    def _check_retention(self, account_id: str, since: Any, *, hourly: bool) -> None:
        if self._context.world.keeps_everything:
            return
        months = _HOURLY_MONTHS if hourly else _RETENTION_MONTHS
        if since < months_before(self._context.account_now(account_id).date(), months):
            raise errors.beyond_retention(months)

    def _summary(self, query: InsightQuery, params: Mapping[str, str]) -> dict[str, Any] | None:
        asked = read_list(params, "summary")
        if not asked and params.get("default_summary") != "true":
            return None
        fields = tuple(asked) if asked and asked != ["true"] else query.fields
        if missing := [name for name in fields if name not in names("insights")]:
            raise errors.bad_parameter(f"Cannot include {', '.join(missing)} in summary param")
        span = (min(since for since, _ in query.ranges), max(until for _, until in query.ranges))
        whole = replace(query, level="account", ranges=(span,), fields=fields, breakdowns=())
        rows = self._context.world.insights(whole).rows(0, 1)
        return rows[0] if rows else {}


class _Listed:
    """Rows that are there already."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def at_most(self) -> int:
        return len(self._rows)

    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        return self._rows[start:stop]


def _sorted(rowset: RowSet, sort: str) -> _Listed:
    field, _, direction = sort.rpartition("_")
    if direction not in {"ascending", "descending"} or not field:
        raise errors.bad_parameter("sort must be a field followed by _ascending or _descending")

    def key(row: dict[str, Any]) -> tuple[float, str]:
        text = str(row.get(field, "0"))
        return (float(text), "") if text.replace(".", "", 1).isdigit() else (0.0, text)

    return _Listed(sorted(rowset.rows(0, len(rowset)), key=key, reverse=direction == "descending"))


def _level(text: str) -> Level:
    for level in LEVEL_OF.values():
        if level == text:
            return level
    raise errors.bad_parameter("level must be one of the following values: ad, adset, campaign, account")


def _fields(params: Mapping[str, str], level: Level, breakdowns: tuple[str, ...]) -> tuple[str, ...]:
    asked = tuple(one.name for one in parse_fields(params.get("fields", ""))) or _DEFAULT_FIELDS[level]
    if unknown := [name for name in asked if name not in names("insights")]:
        raise errors.unknown_fields(unknown)
    if HOURLY in breakdowns and (videos := [name for name in asked if name.startswith("video_")]):
        raise errors.bad_parameter(f"{', '.join(videos)} cannot be used with hourly breakdowns")
    return asked


def _check_breakdowns(breakdowns: tuple[str, ...], world: World) -> None:
    for name in breakdowns:
        if name not in names("breakdowns"):
            raise errors.bad_parameter(f"breakdowns must be one of the following values; {name} is not")
    if breakdowns and breakdowns != (HOURLY,) and not world.can_break_down(breakdowns):
        columns = ", ".join(breakdowns)
        raise errors.bad_parameter(f"Current combination of data breakdown columns ({columns}) is invalid")


def _windows(params: Mapping[str, str]) -> tuple[str, ...]:
    asked = read_list(params, "action_attribution_windows")
    for name in asked:
        if name not in (*LIVE_WINDOWS, *_DEAD_WINDOWS):
            raise errors.bad_parameter(f"action_attribution_windows: {name} is not a valid value")
    return tuple(name for name in LIVE_WINDOWS if name in asked)


def _with_ids(scope: Mapping[Level, frozenset[str]], conditions: list[Condition]) -> dict[Level, frozenset[str]]:
    """The scope narrowed by filters on ids (`ad.id IN […]`)."""
    only = dict(scope)
    for one in conditions:
        if one.field != "id" or one.kind is None:
            continue
        level = LEVEL_OF[one.kind]
        wanted = frozenset(str(value) for value in (one.value if isinstance(one.value, list) else [one.value]))
        only[level] = only[level] & wanted if level in only else wanted
    return only

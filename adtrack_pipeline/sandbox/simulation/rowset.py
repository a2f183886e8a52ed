"""A simulated report's rows by position: buckets in order of time, each computed when a page needs it."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from adtrack_pipeline.sandbox.graph.catalog import HOURLY
from adtrack_pipeline.sandbox.simulation.breakdowns import labels_of, split
from adtrack_pipeline.sandbox.simulation.calendar import day_number
from adtrack_pipeline.sandbox.simulation.frames import Frame, Selection, bucket_frame
from adtrack_pipeline.sandbox.simulation.knowledge import Known
from adtrack_pipeline.sandbox.simulation.layout import SHORTEST_LIFE
from adtrack_pipeline.sandbox.simulation.rows import Page, write_rows
from adtrack_pipeline.sandbox.world import InsightQuery

Row = dict[str, Any]
_HOURS = [{HOURLY: f"{hour:02d}:00:00 - {hour:02d}:59:59"} for hour in range(24)]
_KEPT_FRAMES = 2


class SimulatedRows:
    """Rows of a report; only the counts of buckets passed and the last few frames are kept."""

    def __init__(
        self,
        query: InsightQuery,
        selection: Selection,
        known: Callable[[int], Known],
        span: tuple[int, int],
        switches: tuple[bool, bool],
    ) -> None:
        self._query = query
        self._selection = selection
        self._known = known
        self._span = span
        self._hourly_reach, self._hour_missing = switches
        self._labels = _HOURS if query.hourly else labels_of(query.breakdowns)
        self._counted: list[int] = [0]  # rows before each bucket, as far as counted
        self._frames: dict[int, Frame] = {}

    def __len__(self) -> int:
        return self._before(len(self._query.ranges))

    def at_most(self) -> int:
        """Slots times buckets times parts of the breakdown, times ads that can follow each other in a bucket."""
        longest = max((until - since).days + 1 for since, until in self._query.ranges)
        parts = max(len(self._labels), 1)
        followers = 1 if longest == 1 else longest // SHORTEST_LIFE + 2
        return self._selection.plan.slots * len(self._query.ranges) * parts * followers

    def rows(self, start: int, stop: int) -> list[Row]:
        """Rows by position."""
        found: list[Row] = []
        position = start
        while position < stop:
            bucket = self._bucket_at(position)
            if bucket is None:
                break
            first = self._counted[bucket]
            frame = self._frame(bucket)
            end = min(stop - first, len(frame))
            found.extend(self._written(bucket, frame, slice(position - first, end)))
            position = first + end
        return found

    def _bucket_at(self, position: int) -> int | None:
        """The bucket that holds a row, counting on as far as needed."""
        while self._counted[-1] <= position and len(self._counted) <= len(self._query.ranges):
            self._before(len(self._counted))
        bucket = bisect_right(self._counted, position) - 1
        return bucket if bucket < len(self._query.ranges) else None

    def _before(self, bucket: int) -> int:
        """Number of rows in front of a bucket."""
        while len(self._counted) <= bucket:
            self._counted.append(self._counted[-1] + len(self._frame(len(self._counted) - 1)))
        return self._counted[bucket]

    def _frame(self, bucket: int) -> Frame:
        if bucket not in self._frames:
            while len(self._frames) >= _KEPT_FRAMES:
                self._frames.pop(next(iter(self._frames)))
            frame = bucket_frame(self._selection, self._days(*self._query.ranges[bucket]))
            cut = self._query.breakdowns and not self._query.hourly
            self._frames[bucket] = split(frame, self._query.breakdowns) if cut else frame
        return self._frames[bucket]

    def _days(self, since: date, until: date) -> Sequence[Known]:
        """Known days of a bucket; one empty day stands for none."""
        first, last = max(day_number(since), self._span[0]), min(day_number(until), self._span[1])
        return [self._known(number) for number in range(first, last + 1)]

    def _written(self, bucket: int, frame: Frame, rows: slice) -> list[Row]:
        since, until = self._query.ranges[bucket]
        written = write_rows(Page(self._selection.plan, self._query, frame.rows(rows)))
        dates = {"date_start": since.isoformat(), "date_stop": until.isoformat()}
        if frame.part is None:
            return [{**row, **dates} for row in written]
        parts = frame.part[rows].tolist()
        labelled = [{**row, **dates, **self._labels[part]} for row, part in zip(written, parts, strict=True)]
        return self._switched(labelled) if self._query.hourly else labelled

    def _switched(self, rows: list[Row]) -> list[Row]:
        """The uncertain details of hourly rows, by option."""
        if self._hourly_reach:
            asked = [name for name in ("reach", "frequency") if name in self._query.fields]
            rows = [{**row, **dict.fromkeys(asked, "0")} for row in rows]
        if self._hour_missing and rows:
            rows[0].pop(HOURLY)
        return rows


def filtered(rows: SimulatedRows, query: InsightQuery) -> "FilteredRows | SimulatedRows":
    """Rows that satisfy the filters on metrics."""
    return FilteredRows(rows, query) if query.metric_filters else rows


class FilteredRows:
    """Rows left by metric filters; computed at once, such reports are small."""

    def __init__(self, rows: SimulatedRows, query: InsightQuery) -> None:
        self._source = rows
        self._query = query
        self._rows: list[Row] | None = None

    def _all(self) -> list[Row]:
        if self._rows is None:
            self._rows = [
                row
                for row in self._source.rows(0, len(self._source))
                if all(one.matches(row.get(one.field)) for one in self._query.metric_filters)
            ]
        return self._rows

    def __len__(self) -> int:
        return len(self._all())

    def at_most(self) -> int:
        """Upper bound before filtering."""
        return self._source.at_most()

    def rows(self, start: int, stop: int) -> list[Row]:
        """Rows by position."""
        return self._all()[start:stop]

"""From rows to arrays: one row per hour, one column per ad, gaps filled with what they mean.

Belongs here: what a panel must look like, and its arrays. Does not belong here: what is expected (`usual/`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adtrack_pipeline.monitoring.inputs.columns import (
    PanelError,
    first_row,
    instants,
    numbers,
    require,
    words,
    words_or_null,
)

Array = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]
Hours = npt.NDArray[np.uint16]

KEYS = ("account_id", "campaign_id", "ad_id", "ts")
NO_CAMPAIGN = "-"
REQUIRED = ("impressions", "clicks", "spend")
OPTIONAL = ("conversions", "revenue", "reach", "frequency")
HOURS = 24
REST_HOURS = 7 * HOURS  # Meta: what was off for seven days or more enters the learning phase again
PORTION = 400  # ads
TOGETHER_HOURS = 28 * HOURS  # accounts that began so far apart do not share their empty days
SILENT_HOURS = 35 * HOURS  # after the newest row; what was usual is forgotten by then
MOST_DAYS = 1500  # a wrong year in one row must not fill the memory
MOST = 1e12  # of anything in an hour: beyond it sums would lose what is small


@dataclass(frozen=True)
class Panel:
    """Hours x ads.

    Attributes:
        start: midnight UTC of the first day.
        ads: one row per column of the arrays: `account_id, campaign_id, ad_id` (text), and `adset_id` where known.
        metrics: name to array (hours, ads); no row means 0; conversions and revenue are NaN where unknown.
        frequency: impressions per person, (days, ads): Meta counts people by the day; NaN where unknown.
        launched: hour of each ad's newest launch up to each hour, (hours, ads): its first delivery, ever or after
            `REST_HOURS` without any; the number of hours where there was none yet. Rows of zeros deliver nothing.
        stops: (ads,) hours at and after this one are not judged; the same for all ads of an account.
    """

    start: pd.Timestamp
    ads: pd.DataFrame
    metrics: dict[str, Array]
    frequency: Array
    launched: Hours
    stops: Index

    @property
    def hours(self) -> int:
        """Number of hours, whole days."""
        return len(self.metrics["impressions"])

    @property
    def days(self) -> int:
        """Number of days."""
        return self.hours // HOURS

    @property
    def stop(self) -> int:
        """Hours at and after this one are not judged, of no ad."""
        return int(self.stops.max(initial=0))

    @property
    def first_day(self) -> int:
        """Days from 1970 to the first day."""
        return int(self.start.timestamp() // 86400)

    @cached_property
    def ids(self) -> list[dict[str, str]]:
        """What each ad is called and belongs to, as far as it is known; looked up for every finding."""
        rows = self.ads.to_dict("records")
        return [{str(name): str(value) for name, value in row.items() if pd.notna(value)} for row in rows]

    def at(self, hour: int) -> pd.Timestamp:
        """The instant an hour begins, UTC."""
        return self.start + pd.Timedelta(hours=int(hour))

    def without(self, hours: Mask) -> "Panel":
        """As if nothing had happened in these hours, (hours, ads)."""
        calm = {name: np.where(hours, np.zeros((), values.dtype), values) for name, values in self.metrics.items()}
        return replace(self, metrics=calm) if hours.any() else self

    @property
    def span(self) -> slice:
        """Days from the first delivery to the last hour judged."""
        first = min(int(self.launched.min(initial=self.hours)), max(self.stop - 1, 0)) // HOURS
        return slice(first, max(first + 1, -(-self.stop // HOURS)))

    def on(self, days: slice) -> "Panel":
        """The same ads on these days only, which hold all that is launched or judged."""
        before, hours = days.start * HOURS, slice(days.start * HOURS, days.stop * HOURS)
        return Panel(
            start=self.at(before),
            ads=self.ads,
            metrics={name: values[hours] for name, values in self.metrics.items()},
            frequency=self.frequency[days],
            launched=self.launched[hours] - np.uint16(before),
            stops=self.stops - before,
        )

    def take(self, columns: Index | slice) -> "Panel":
        """The same hours of these ads only."""
        near = np.ascontiguousarray
        return Panel(
            start=self.start,
            ads=self.ads.iloc[columns].reset_index(drop=True),
            metrics={name: near(values[:, columns]) for name, values in self.metrics.items()},
            frequency=near(self.frequency[:, columns]),
            launched=near(self.launched[:, columns]),
            stops=self.stops[columns],
        )


def portions(panel: Panel) -> Iterator[Index]:
    """Columns of whole accounts that began at about the same time and are judged up to the same hour.

    Some hundred ads at a time: working memory stays small and near.
    """
    accounts = pd.factorize(panel.ads["account_id"])[0]
    order = np.argsort(accounts, kind="stable").astype(np.intp)
    size = np.bincount(accounts)
    ended, began = np.zeros(len(size), np.intp), np.full(len(size), panel.hours, np.intp)
    ended[accounts] = panel.stops
    np.minimum.at(began, accounts, panel.launched.min(axis=0))
    _, kind = np.unique(np.stack([ended, began // TOGETHER_HOURS]), axis=1, return_inverse=True)
    for one in np.unique(kind):
        some = np.flatnonzero(kind == one)
        number = (np.cumsum(size[some]) - size[some]) // PORTION
        for first in np.unique(number):
            yield order[np.isin(accounts[order], some[number == first])]


def build_panel(frame: pd.DataFrame, *, now: pd.Timestamp | None = None) -> Panel:
    """Arrays of a frame with one row per ad and UTC hour.

    Args:
        frame: columns `account_id, campaign_id, ad_id, ts, impressions, clicks, spend` and, where known,
            `conversions, revenue, reach, frequency, adset_id`. A row given twice: the last one counts; so do the
            campaign and ad set of an ad's last row, for Meta moves no ad to another. Where reach is known and
            frequency is not, it is impressions over reach.
        now: up to the hour that contains it everything is known, and an hour without a row had no delivery; that
            hour and later ones are not judged. Default: each account's own newest row.

    Raises:
        PanelError: a column is missing or cannot be read; which one, and in which row (counted from 1).
    """
    require(frame, (*KEYS, *REQUIRED), "The panel")
    start, hour = _hours(frame)
    codes, ads = _ads(frame)
    stops = _stops(ads, codes, hour, None if now is None else int((_utc(now) - start) // pd.Timedelta(hours=1)))
    shape = (-(-max(int(hour.max()) + 1, int(stops.max())) // HOURS) * HOURS, len(ads))
    metrics = {name: _matrix(frame, name, hour, codes, shape, gap=0.0) for name in REQUIRED}
    for name in OPTIONAL:
        if name in frame and frame[name].notna().any():
            metrics[name] = _matrix(frame, name, hour, codes, shape, gap=np.nan)
    for name in {"conversions", "revenue"} & set(metrics):
        _no_row_is_zero(metrics[name], hour, codes)
    frequency = _daily_frequency(
        metrics["impressions"], metrics.pop("frequency", None), metrics.pop("reach", None)
    )
    launched = _launched(metrics["impressions"], metrics["spend"])
    return Panel(start=start, ads=ads, metrics=metrics, frequency=frequency, launched=launched, stops=stops)


def _stops(ads: pd.DataFrame, codes: Index, hour: Index, now: int | None) -> Index:
    """Hour of each ad from which on nothing is judged: the running one."""
    if now is not None:
        return np.full(len(ads), np.clip(now, 0, int(hour.max()) + 1 + SILENT_HOURS), np.intp)
    accounts = pd.factorize(ads["account_id"])[0]
    newest = np.zeros(int(accounts.max()) + 1, np.intp)
    np.maximum.at(newest, accounts[codes], hour)
    return newest[accounts]


def _hours(frame: pd.DataFrame) -> tuple[pd.Timestamp, Index]:
    """Midnight UTC of the first day, and the hour of each row."""
    if frame.empty:
        raise PanelError("The panel has no rows.")
    ts = instants(frame, "ts")
    if ts.isna().any():
        raise PanelError(f"Column ts is empty in row {first_row(ts.isna())}.")
    if (ts.max() - ts.min()).days > MOST_DAYS:
        raise PanelError(
            f"Column ts runs from {ts.min():%Y-%m-%d} to {ts.max():%Y-%m-%d}; "
            f"a panel spans {MOST_DAYS} days at most."
        )
    start = ts.min().normalize()
    return start, ((ts - start) // pd.Timedelta(hours=1)).to_numpy().astype(np.intp, copy=False)


def _utc(at: pd.Timestamp) -> pd.Timestamp:
    at = pd.Timestamp(at)
    return at.tz_localize("UTC") if at.tz is None else at.tz_convert("UTC")


def _ads(frame: pd.DataFrame) -> tuple[Index, pd.DataFrame]:
    """Which ad each row belongs to, and the ads; an ad is known by its account and id."""
    account, account_ids = pd.factorize(words(frame, "account_id"))
    ad, ad_ids = pd.factorize(words(frame, "ad_id"))
    numbers, pairs = pd.factorize(account.astype(np.int64) * max(1, len(ad_ids)) + ad)
    codes = numbers.astype(np.intp, copy=False)
    newest = np.zeros(len(pairs), np.intp)
    newest[codes] = np.arange(len(codes))
    ads = pd.DataFrame(
        {
            "account_id": np.asarray(account_ids)[pairs // max(1, len(ad_ids))],
            "campaign_id": words_or_null(frame.iloc[newest], "campaign_id").fillna(NO_CAMPAIGN).to_numpy(),
            "ad_id": np.asarray(ad_ids)[pairs % max(1, len(ad_ids))],
        }
    )
    if "adset_id" in frame:
        ads["adset_id"] = words_or_null(frame.iloc[newest], "adset_id").to_numpy()
    return codes, ads


def _matrix(
    frame: pd.DataFrame, name: str, hour: Index, codes: Index, shape: tuple[int, int], *, gap: float
) -> Array:
    values = numbers(frame, name)
    unusable = ~(np.isfinite(values) & (values >= 0))
    with np.errstate(over="ignore"):
        single = np.minimum(values, MOST, dtype=np.float32, casting="same_kind")  # seven digits are plenty
    single[unusable] = gap
    matrix = np.full(shape, gap, np.float32)
    matrix[hour, codes] = single
    return matrix


def _daily_frequency(impressions: Array, frequency: Array | None, reach: Array | None) -> Array:
    """Mean over the hours of each day, weighed by impressions."""
    if frequency is None and reach is not None:
        frequency = np.where(reach > 0, impressions / np.where(reach > 0, reach, 1), np.nan)
    if frequency is None:
        return np.full((len(impressions) // HOURS, impressions.shape[1]), np.nan)
    weight = np.where(np.isfinite(frequency), impressions, 0.0)
    seen, total = (
        one.reshape(-1, HOURS, one.shape[1]).sum(axis=1) for one in (weight * np.nan_to_num(frequency), weight)
    )
    return np.where(total > 0, seen / np.maximum(total, 1e-12), np.nan)


def _launched(impressions: Array, spend: Array) -> Hours:
    delivered = (impressions > 0) | (spend > 0)
    hour = np.arange(len(delivered), dtype=np.int32)[:, None]
    last = np.maximum.accumulate(np.where(delivered, hour, np.int32(-1)), axis=0)
    before = np.concatenate([np.full((1, delivered.shape[1]), -1, np.int32), last[:-1]])
    begins = delivered & ((before < 0) | (hour - before > REST_HOURS))
    newest = np.maximum.accumulate(np.where(begins, hour, np.int32(-1)), axis=0)
    return np.where(newest >= 0, newest, np.int32(len(delivered))).astype(np.uint16)


def _no_row_is_zero(values: Array, hour: Index, codes: Index) -> None:
    """A metric that is null in a row is unknown; an hour without any row had nothing to count."""
    seen = np.zeros(values.shape, bool)
    seen[hour, codes] = True
    values[~seen] = 0.0

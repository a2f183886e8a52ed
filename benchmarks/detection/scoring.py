"""How good findings are: events, not rows.

Belongs here: matching findings with labels and decoys, and the figures of one world. Does not belong here:
detectors, sums over worlds or tables (`report`), reruns with the future cut off and timing (`checks`).

Rules. A message is right when its objects overlap a label's, its time overlaps the label's [start, end + 24 h],
and its metric is in the label's family. Rows with one `incident_id` are one message, right if any of its rows is;
without that column every row is a message. With a column `paged` (or `pages`) only those rows are messages. A
message that fits only labels nobody could see is neither right nor false; so is the first message per holiday.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.detection.labels import World
from benchmarks.detection.noise import Array, Flags

GRACE = pd.Timedelta(hours=24)
SHUFFLES = 20


@dataclass(frozen=True)
class Match:
    """One message and what it meets."""

    message: object
    rows: tuple[int, ...]
    events: frozenset[str]
    events_by_any_metric: frozenset[str]
    invisible: bool


@dataclass
class Score:
    """The figures of one detector on one world.

    Attributes:
        messages, right, neutral, false: all; right; neither; the rest.
        misnamed: how many of the false are right but for the metric.
        found: per judged label its kind, whether it was found (by its family, by any metric) and the delay in
            hours from the moment it was due (`delay`; negative for fatigue found early) and from its start.
        to_the_point: of the ads a right message names, the share that its incidents affect (mean).
        decoys: per kind how many there are and how many were paged.
        chance_recall: recall of the same messages on the wrong ads, over labels of less than half an account.
    """

    world: str
    seed: int
    messages: int
    right: int
    misnamed: int
    neutral: int
    false: int
    found: pd.DataFrame
    to_the_point: float
    decoys: pd.DataFrame
    chance_recall: float
    local_recall: float
    ad_days: float
    false_rows: pd.DataFrame = field(repr=False)


class Findings:
    """A detector's output with its objects resolved to ads (boolean [rows, ads]) and its messages named."""

    def __init__(self, found: pd.DataFrame, world: World) -> None:
        rows = _paged(found).reset_index(drop=True)
        self.rows = rows
        self.start = _instants(rows["start_ts"])
        self.end = np.maximum(_instants(rows["end_ts"]), self.start)
        self.metric = rows["metric"].astype(str).to_numpy()
        self.ads = _objects_of(rows, world)
        named = "incident_id" in rows.columns and rows["incident_id"].notna().all()
        keys = rows["incident_id"] if named else pd.Series(range(len(rows)))
        self.messages: dict[object, tuple[int, ...]] = {
            key: tuple(int(one) for one in index) for key, index in keys.groupby(keys).groups.items()
        }


def score(found: pd.DataFrame, world: World) -> Score:
    """Judge the findings of one world.

    Args:
        found: columns `ad_id, metric, alert_type, start_ts, end_ts`, optionally `account_id, campaign_id,
            incident_id, paged`.
        world: the world they were found in.

    Raises:
        KeyError: a required column is missing.
    """
    findings = Findings(found, world)
    near, named = _meetings(findings, world)
    judged = world.labels["judged"].to_numpy(dtype=bool)
    ids = world.labels["event_id"].to_numpy()
    matches = [
        Match(
            message,
            rows,
            frozenset(ids[judged & (near & named)[list(rows)].any(axis=0)]),
            frozenset(ids[judged & near[list(rows)].any(axis=0)]),
            bool((near[list(rows)].any(axis=0) & ~judged).any()),
        )
        for message, rows in findings.messages.items()
    ]
    neutral = {one.message for one in matches if not one.events and one.invisible}
    neutral |= _first_of_holidays([one for one in matches if not one.events], findings, world)
    false = [one for one in matches if not one.events and one.message not in neutral]
    wrong_rows = [row for one in false for row in one.rows]
    chance, local = _recall_on_wrong_ads(findings, world, named)
    return Score(
        world=world.name,
        seed=world.seed,
        messages=len(matches),
        right=sum(bool(one.events) for one in matches),
        misnamed=sum(bool(one.events_by_any_metric) for one in false),
        neutral=len(neutral),
        false=len(false),
        found=_found(findings, world, near, named).merge(_messages_per_label(matches), on="event_id", how="left"),
        to_the_point=_to_the_point(matches, findings, world),
        decoys=_paged_decoys(findings, world, wrong_rows),
        chance_recall=chance,
        local_recall=local,
        ad_days=world.ad_days,
        false_rows=findings.rows.iloc[wrong_rows],
    )


def _paged(found: pd.DataFrame) -> pd.DataFrame:
    for name in ("paged", "pages"):
        if name in found.columns:
            return found[found[name].fillna(False).astype(bool)]
    return found


def _instants(values: pd.Series) -> Array:
    """Hours since 1970, so that naive and aware times compare."""
    stamps = pd.to_datetime(values, utc=True).dt.as_unit("us").to_numpy(dtype="datetime64[us]")
    hours: Array = stamps.astype("int64") / 3.6e9
    return hours


def _objects_of(rows: pd.DataFrame, world: World) -> Flags:
    """Ads each finding is about: the ad, else all of the campaign, else all of the account."""
    objects = np.zeros((len(rows), len(world.ads)), dtype=bool)
    open_rows = np.ones(len(rows), dtype=bool)
    for column in ("ad_id", "campaign_id", "account_id"):
        if column not in rows.columns:
            continue
        named = open_rows & rows[column].notna().to_numpy() & (rows[column].astype(str) != "").to_numpy()
        objects[named] = rows[column].astype(str).to_numpy()[named, None] == world.ads[column].to_numpy()[None, :]
        open_rows &= ~named
    return objects


def _members(world: World, ad_ids: pd.Series) -> Flags:
    known = world.ads["ad_id"].to_numpy()
    return np.array([np.isin(known, list(one)) for one in ad_ids]).reshape(len(ad_ids), len(known))


def _overlap(findings: Findings, events: pd.DataFrame, grace: pd.Timedelta) -> Flags:
    """[rows, events]: the finding's time meets the event's [start, end + grace)."""
    start, end = _instants(events["start"]), _instants(events["end"]) + grace.total_seconds() / 3600
    return (findings.start[:, None] < end) & (findings.end[:, None] >= start)


def _meetings(findings: Findings, world: World) -> tuple[Flags, Flags]:
    """[rows, labels]: object and time overlap; the metric is in the family."""
    members = _members(world, world.labels["ad_ids"])
    shared = findings.ads.astype(np.int32) @ members.T.astype(np.int32) > 0
    near = shared & _overlap(findings, world.labels, GRACE)
    named = np.array([[metric in family for family in world.labels["metrics"]] for metric in findings.metric])
    return near, named.reshape(near.shape).astype(bool)


def _found(findings: Findings, world: World, near: Flags, named: Flags) -> pd.DataFrame:
    """Per judged label whether and when it was found; delays in hours."""
    labels = world.labels
    strict = near & named
    first = np.where(strict, findings.start[:, None], np.inf).min(axis=0, initial=np.inf)
    start, due = _instants(labels["start"]), _instants(labels["due"])
    table = pd.DataFrame(
        {
            "event_id": labels["event_id"],
            "kind": labels["kind"],
            "level": labels["level"],
            "found": strict.any(axis=0),
            "found_by_any_metric": near.any(axis=0),
            "delay_from_start": np.where(np.isfinite(first), np.maximum(first - start, 0), np.nan),
            "delay": np.where(
                np.isfinite(first), np.where(due > start, first - due, np.maximum(first - due, 0)), np.nan
            ),
        }
    )
    return table[labels["judged"].to_numpy(dtype=bool)].reset_index(drop=True)


def _messages_per_label(matches: list[Match]) -> pd.DataFrame:
    events = pd.Series([event for one in matches for event in one.events], dtype=str)
    return events.value_counts().rename_axis("event_id").reset_index(name="messages")


def _to_the_point(matches: list[Match], findings: Findings, world: World) -> float:
    affected = dict(zip(world.labels["event_id"], _members(world, world.labels["ad_ids"]), strict=True))
    shares = []
    for one in matches:
        if one.events:
            named = findings.ads[list(one.rows)].any(axis=0)
            meant = np.any([affected[event] for event in one.events], axis=0)
            shares.append(float((named & meant).sum() / named.sum()))
    return float(np.mean(shares)) if shares else float("nan")


def _first_of_holidays(open_matches: list[Match], findings: Findings, world: World) -> set[object]:
    """One message per holiday is a matter of opinion; the others are false."""
    holidays = world.decoys[world.decoys["kind"] == "holiday"]
    if holidays.empty or not open_matches:
        return set()
    meets = _overlap(findings, holidays, GRACE) & ((findings.ads @ _members(world, holidays["ad_ids"]).T) > 0)
    excused: set[object] = set()
    for column in range(len(holidays)):
        hits = [one for one in open_matches if meets[list(one.rows), column].any() and one.message not in excused]
        if hits:
            excused.add(min(hits, key=lambda one: findings.start[list(one.rows)].min()).message)
    return excused


def _paged_decoys(findings: Findings, world: World, wrong_rows: list[int]) -> pd.DataFrame:
    """Per kind of decoy: `there`, and `paged` by a false message that starts while it lasts (or 12 h after)."""
    decoys = world.decoys
    wrong = np.array(wrong_rows, dtype=int)
    start, end = _instants(decoys["start"]), _instants(decoys["end"]) + 12
    at = findings.start[wrong][:, None]
    inside = (
        (at >= start) & (at < end) & ((findings.ads[wrong].astype(int) @ _members(world, decoys["ad_ids"]).T) > 0)
    )
    fits = np.array(
        [[not allowed or one in allowed for allowed in decoys["metrics"]] for one in findings.metric[wrong]],
        dtype=bool,
    )
    paged = (inside & fits.reshape(inside.shape).astype(bool)).any(axis=0)
    table = pd.DataFrame({"kind": decoys["kind"], "there": 1, "paged": paged.astype(int)})
    return table.groupby("kind", as_index=False).sum()


def _recall_on_wrong_ads(findings: Findings, world: World, named: Flags) -> tuple[float, float]:
    """Recall of labels of less than half an account: with every finding moved to other ads, and as it is.

    Ads are moved along their order (neighbours stay neighbours, so campaigns stay together as far as possible).
    """
    members = _members(world, world.labels["ad_ids"])
    small = world.labels["judged"].to_numpy(dtype=bool) & (
        members.mean(axis=1) < 0.5 / world.ads["account_id"].nunique()
    )
    if not small.any():
        return float("nan"), float("nan")
    times = _overlap(findings, world.labels, GRACE) & named
    fitting = (times.T.astype(np.int32) @ findings.ads.astype(np.int32)) > 0
    rng = np.random.default_rng(world.seed)
    count = fitting.shape[1]
    steps = rng.integers(count // 4, count - count // 4, SHUFFLES)
    chance = [float((np.roll(fitting, int(step), axis=1) & members)[small].any(axis=1).mean()) for step in steps]
    return float(np.mean(chance)), float((fitting & members)[small].any(axis=1).mean())

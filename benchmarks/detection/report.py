"""Tables over worlds and detectors, in Markdown.

Belongs here: sums and text. Does not belong here: judging (`scoring`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from benchmarks.detection.scoring import Score

FATIGUE_DAYS = 3.0


@dataclass(frozen=True)
class Total:
    """The figures of one detector over several worlds; delays in hours, fatigue in days after a fifth is gone."""

    precision: float
    precision_by_any_metric: float
    recall: float
    recall_by_any_metric: float
    median_delay: float
    fatigue_in_time: float
    fatigue_days: float
    false_per_1000: float
    messages_per_incident: float
    to_the_point: float
    local_recall: float
    chance_recall: float
    labels: int


def total(scores: Sequence[Score]) -> Total:
    """Pool the figures: messages, labels and ad-days are added up before dividing."""
    found = pd.concat([one.found for one in scores], ignore_index=True)
    judged_messages = sum(one.messages - one.neutral for one in scores)
    right = sum(one.right for one in scores)
    misnamed = sum(one.misnamed for one in scores)
    tired = found["kind"] == "fatigue"
    sudden = found.loc[~tired & found["found"], "delay"]
    in_time = (found.loc[tired, "delay"] <= FATIGUE_DAYS * 24) & found.loc[tired, "found"].astype(bool)
    return Total(
        precision=_ratio(right, judged_messages),
        precision_by_any_metric=_ratio(right + misnamed, judged_messages),
        recall=_mean(found["found"]),
        recall_by_any_metric=_mean(found["found_by_any_metric"]),
        median_delay=float(sudden.median()) if len(sudden) else float("nan"),
        fatigue_in_time=_mean(in_time),
        fatigue_days=float(found.loc[tired & found["found"], "delay"].median()) / 24,
        false_per_1000=1000 * _ratio(sum(one.false for one in scores), sum(one.ad_days for one in scores)),
        messages_per_incident=_ratio(float(found["messages"].sum()), float(found["found"].sum())),
        to_the_point=_mean(pd.Series([one.to_the_point for one in scores])),
        local_recall=_mean(pd.Series([one.local_recall for one in scores])),
        chance_recall=_mean(pd.Series([one.chance_recall for one in scores])),
        labels=len(found),
    )


def summary(results: Mapping[str, Sequence[Score]], seconds: Mapping[str, float]) -> str:
    """One row per detector."""
    head = [
        "rule", "precision", "recall", "false pages per 1,000 ad-days", "median delay, h",
        "fatigue within 3 days", "fatigue, days", "recall by any metric", "precision by any metric",
        "messages per incident", "ads named that are affected",
        "recall of ads and campaigns / on the wrong ads", "seconds",
    ]  # fmt: skip
    rows = []
    for name, scores in results.items():
        one = total(scores)
        rows.append(
            [
                name, f"{one.precision:.2f}", f"{one.recall:.2f}", f"{one.false_per_1000:,.1f}",
                f"{one.median_delay:.0f}",
                f"{one.fatigue_in_time:.2f}", f"{one.fatigue_days:.1f}", f"{one.recall_by_any_metric:.2f}",
                f"{one.precision_by_any_metric:.2f}", f"{one.messages_per_incident:.1f}",
                f"{one.to_the_point:.2f}",
                f"{one.local_recall:.2f} / {one.chance_recall:.2f}", f"{seconds[name]:.1f}",
            ]
        )  # fmt: skip
    return markdown(head, rows)


def by_world(results: Mapping[str, Sequence[Score]]) -> str:
    """Precision, recall and false pages per 1,000 ad-days of every world and detector."""
    names = list(dict.fromkeys(one.world for scores in results.values() for one in scores))
    rows = []
    for world in names:
        cells = [world]
        for scores in results.values():
            one = total([score for score in scores if score.world == world])
            cells.append(f"{one.precision:.2f} / {one.recall:.2f} / {one.false_per_1000:,.1f}")
        rows.append(cells)
    return markdown(["precision / recall / false pages per 1,000 ad-days", *results], rows)


def by_kind(results: Mapping[str, Sequence[Score]]) -> str:
    """Recall, and the median delay in hours, of every kind of incident and detector."""
    tables = {name: pd.concat([one.found for one in scores]) for name, scores in results.items()}
    counts = next(iter(tables.values()))["kind"].value_counts().sort_index()
    rows = []
    for kind, count in counts.items():
        cells = [f"{kind} ({count})"]
        for table in tables.values():
            mine = table[table["kind"] == kind]
            cells.append(f"{mine['found'].mean():.2f} / {_hours(mine['delay'])}")
        rows.append(cells)
    return markdown(["recall / median delay in hours", *results], rows)


def by_decoy(results: Mapping[str, Sequence[Score]]) -> str:
    """How many of each kind of normal oddity were paged."""
    tables = {
        name: pd.concat([one.decoys for one in scores]).groupby("kind")[["there", "paged"]].sum()
        for name, scores in results.items()
    }
    kinds = sorted({str(kind) for table in tables.values() for kind in table.index})
    rows = []
    for kind in kinds:
        there = next(iter(tables.values()))["there"].to_dict()[kind]
        rows.append([f"{kind} ({there})", *(str(table["paged"].to_dict()[kind]) for table in tables.values())])
    return markdown(["paged by a false message", *results], rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _ratio(above: float, below: float) -> float:
    return above / below if below else float("nan")


def _mean(values: pd.Series) -> float:
    known = values.astype(float).dropna()
    return float(known.mean()) if len(known) else float("nan")


def _hours(delays: pd.Series) -> str:
    return f"{delays.median():.0f}" if delays.notna().any() else "-"

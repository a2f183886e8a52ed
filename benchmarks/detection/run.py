"""Judge detectors on simulated accounts and print the tables.

uv run python -m benchmarks.detection.run [--detector evidence|zscore|mad|binomial|all] [--worlds a,b] [--seeds N]
    [--held-out] [--every-hour] [--causality] [--replay] [--false]
"""

import argparse
import sys
import time

import pandas as pd

from benchmarks.detection import report
from benchmarks.detection.detectors import Detector, NoDetectorError, by_name, product_exists, with_every_hour
from benchmarks.detection.replay import causality, replay
from benchmarks.detection.rivals import RULES
from benchmarks.detection.scoring import Score, score
from benchmarks.detection.worlds import NAMES, build_all


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks.detection.run", description="Judge detectors on labelled accounts."
    )
    parser.add_argument("--detector", default="all", choices=["evidence", *RULES, "all"])
    parser.add_argument("--worlds", default=",".join(NAMES), help=f"comma-separated, of: {', '.join(NAMES)}")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds per world")
    parser.add_argument("--held-out", action="store_true", help="other seeds, parameters outside the usual ranges")
    parser.add_argument("--every-hour", action="store_true", help="hours without delivery have rows of zeros")
    parser.add_argument("--causality", action="store_true", help="compare with runs whose future is cut off")
    parser.add_argument("--replay", action="store_true", help="run every 6 hours on what was known then (minutes)")
    parser.add_argument("--false", action="store_true", help="list the false messages")
    chosen = parser.parse_args(words)
    chosen.worlds = chosen.worlds.split(",")
    unknown = sorted(set(chosen.worlds) - set(NAMES))
    if unknown:
        parser.error(f"no world named {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return chosen


def judged(
    chosen: argparse.Namespace, detectors: dict[str, Detector]
) -> tuple[dict[str, list[Score]], dict[str, float]]:
    """Scores per detector, and the seconds each spent detecting."""
    results: dict[str, list[Score]] = {name: [] for name in detectors}
    seconds = dict.fromkeys(detectors, 0.0)
    for world in build_all(chosen.worlds, range(chosen.seeds), held_out=chosen.held_out):
        for name, detector in detectors.items():
            began = time.perf_counter()
            found = detector(world.panel, world.plan)
            seconds[name] += time.perf_counter() - began
            results[name].append(score(found, world))
    return results, seconds


def causality_table(chosen: argparse.Namespace, detectors: dict[str, Detector]) -> str:
    rows = []
    for name, detector in detectors.items():
        for world in build_all(chosen.worlds, held_out=chosen.held_out):
            one = causality(world, detector)
            counts = (one.compared, one.backdated, one.withdrawn, one.raised_later)
            rows.append([name, world.name, *(str(count) for count in counts)])
    return report.markdown(["rule", "world", "compared", "backdated", "withdrawn", "raised later"], rows)


def replay_table(chosen: argparse.Namespace, detectors: dict[str, Detector]) -> str:
    rows = []
    for name, detector in detectors.items():
        for world in build_all(chosen.worlds, held_out=chosen.held_out):
            table, false = replay(world, detector)
            sudden = table[table["kind"] != "fatigue"]
            cells = (f"{table['found'].mean():.2f}", f"{sudden['delay'].median():.0f}", f"{false:.1f}")
            rows.append([name, world.name, *cells])
    return report.markdown(["rule", "world", "recall", "median delay, h", "false pages per 1,000 ad-days"], rows)


def false_table(results: dict[str, list[Score]]) -> str:
    parts = [
        one.false_rows.assign(rule=name, world=one.world) for name, scores in results.items() for one in scores
    ]
    columns = ["rule", "world", "account_id", "campaign_id", "ad_id", "metric", "start_ts", "end_ts", "score"]
    return pd.concat(parts).reindex(columns=columns).to_string(index=False)


def main(words: list[str]) -> int:
    """Print the tables; exit code 2 when the detector asked for does not exist."""
    chosen = arguments(words)
    try:
        detectors = by_name(chosen.detector)
    except NoDetectorError as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.every_hour:
        detectors = {name: with_every_hour(detector) for name, detector in detectors.items()}
    if chosen.detector == "all" and not product_exists():
        print("The product has no detector yet; the rivals alone.\n")
    results, seconds = judged(chosen, detectors)
    tables = [report.summary(results, seconds), report.by_world(results), report.by_kind(results)]
    tables.append(report.by_decoy(results))
    if chosen.false:
        tables.append(false_table(results))
    if chosen.causality:
        tables.append(causality_table(chosen, detectors))
    if chosen.replay:
        tables.append(replay_table(chosen, detectors))
    print("\n\n".join(tables))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

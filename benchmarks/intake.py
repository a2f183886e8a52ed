"""Rows per second from a file to raw.predictions and raw.offline_conversions.

    uv run python benchmarks/intake.py --rows 10000 100000

An embedded Postgres of its own, with its durability as shipped. A file is read, validated, copied, checked for
plausibility, versioned by the tables' triggers and committed. `again` is a corrected file: each row a new version.
`memory` is by how much this process grew while it loaded; `CPU` is of this process and of Postgres together, which
a busy machine changes less than the time (Linux only).
"""

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adtrack_pipeline.intake import ORDERS, PREDICTIONS, Target, load_file  # noqa: E402
from adtrack_pipeline.warehouse.connect import prepare_embedded  # noqa: E402
from adtrack_pipeline.warehouse.database import Database  # noqa: E402
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer  # noqa: E402

PREDICTION = (
    "prediction_id,level,object_id,model_name,model_version,predicted_at,window_start,window_end,predicted_ctr,"
    "predicted_ctr_lower,predicted_ctr_upper,predicted_roas,predicted_conversions,predicted_spend,interval_level\n"
)
ORDER = "account_id,order_id,occurred_at,value,currency,channel,campaign_id,lead_time_hours\n"


def predictions(rows: int, shift: float) -> Iterator[str]:
    yield PREDICTION
    for n in range(rows):
        ctr = 1 + n % 300 / 100 + shift
        yield (
            f"m/2026-03-01/{n},ad,{120210000000000 + n % 5000},m,1,2026-03-01T06:00:00Z,2026-03-02,2026-03-08,"
            f"{ctr:.3f},{ctr * 0.9:.3f},{ctr * 1.1:.3f},{1 + n % 70 / 10:.2f},{n % 90},{n % 1000 + 0.5:.2f},0.8\n"
        )


def orders(rows: int, shift: float) -> Iterator[str]:
    yield ORDER
    for n in range(rows):
        yield (
            f"1234567890,P-{n},2026-03-{n % 28 + 1:02d}T{n % 24:02d}:{n % 60:02d}:{n % 59:02d}Z,"
            f"{n % 500 + shift:.2f},EUR,store,{120210000000000 + n % 500},{n % 160}\n"
        )


def cpu(postmaster: int) -> float:
    """Seconds this process and the ended sessions of the server have computed."""
    stat = Path(f"/proc/{postmaster}/stat")
    ended = stat.read_text().rsplit(")", 1)[1].split()[13:15] if stat.exists() else ["nan"]
    return time.process_time() + sum(map(float, ended)) / os.sysconf("SC_CLK_TCK")


def load(database: Database, target: Target, path: Path, postmaster: int) -> tuple[float, float, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, computed = time.perf_counter(), cpu(postmaster)
    report = load_file(database, target, path)
    took = time.perf_counter() - started
    time.sleep(0.5)  # until the server has noticed that its session ended
    computed = cpu(postmaster) - computed
    assert report.outcome == "loaded", report
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return report.loaded / took, computed / report.loaded * 1e6, grown


def parquet(path: Path) -> Path:
    import pandas as pd  # noqa: PLC0415

    target = path.with_suffix(".parquet")
    pd.read_csv(path, dtype={"object_id": "str", "model_version": "str"}).to_parquet(target)
    return target


def measure(
    database: Database, folder: Path, rows: int, postmaster: int
) -> Iterator[tuple[str, float, float, float]]:
    for target, make in ((PREDICTIONS, predictions), (ORDERS, orders)):
        for label, shift in (("new", 0.0), ("again", 0.01)):
            path = folder / f"{target.name}.csv"
            with path.open("w") as file:
                file.writelines(make(rows, shift))
            yield f"{target.what}, CSV, {label}", *load(database, target, path, postmaster)
    path = folder / "predictions.csv"
    with path.open("w") as file:
        file.writelines(predictions(rows, 0.5))
    yield "predictions, Parquet, again", *load(database, PREDICTIONS, parquet(path), postmaster)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000], help="per file (default: 100000)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adtrack-bench-") as home:
        Path(home).chmod(0o711)  # when root runs this, the server has another account
        server = EmbeddedServer(Path(home))
        try:
            database = prepare_embedded(server)
            print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}\n")
            print("| file | rows | rows/s | CPU µs/row | memory MB |\n|---|--:|--:|--:|--:|")
            postmaster = int((server.files.data / "postmaster.pid").read_text().split()[0])
            for rows in args.rows:
                with database.connect(autocommit=True) as conn:
                    conn.execute("truncate raw.predictions, raw.offline_conversions, ops.intake_files")
                for label, speed, computed, memory in measure(database, Path(home), rows, postmaster):
                    print(f"| {label} | {rows:,} | {speed:,.0f} | {computed:.0f} | {memory:,.0f} |", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()

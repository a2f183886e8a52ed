"""Rows per second and peak memory from the sandbox to `raw`, beside the machine's own limit in the same run.

    uv run python benchmarks/ingestion.py --rows 10000 100000 1000000

For each size: a sandbox in a process of its own with its answers rendered beforehand, an embedded Postgres of
its own, and four measurements on exactly the same answers, each in a fresh process. Of several rounds the best
is told, as other programs on the machine only ever add time.

* limit: a hand-tuned loop without HTTP: typed decoding, `COPY` into an unlogged table, pages zlib-compressed
  into an archive, one sorted `INSERT ... ON CONFLICT`. What this machine can do when nothing else is asked.
* loader: the same answers through the client's decoder and the product's loader, without HTTP.
* pipeline: `sync_insights` as the product runs it: HTTP, decoding, loading, coverage, totals, sync log.
* again: `pipeline` once more, an hour later, nothing restated: what most hours look like.
"""

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 18, 15, 10, tzinfo=UTC)
DAYS = 84  # of the window that `ingestion_stages.py` reads
CLI = [sys.executable, "-m", "adtrack_pipeline.cli"]
STAGES = ("limit", "loader", "pipeline", "again")
COLUMNS = ("rows", *(f"{stage} rows/s" for stage in STAGES), "pipeline / limit", "peak MB", "again MB")


@contextmanager
def sandbox(ads: int, port: int) -> Iterator[None]:
    options = ["--ads", str(ads), "--days", str(DAYS + 10), "--accounts", "1", "--port", str(port), "--prerender"]
    process = subprocess.Popen(
        [*CLI, "sandbox", *options, "--now", NOW.isoformat()], stdout=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        _wait_for(process, port)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("The sandbox did not start.")


def measure(rows: int, port: int, where: Path | None, rounds: int) -> dict[str, Any]:
    """Results per stage, of the fastest round each."""
    ads = max(1, round(rows / DAYS))
    with tempfile.TemporaryDirectory(prefix="adtrack-bench-", dir=where) as home, sandbox(ads, port):
        Path(home).chmod(0o711)  # when root runs this, the server has another account
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ADTRACK_", "META_"))},
            "PYTHONPATH": str(ROOT),
            "ADTRACK_HOME": home,
            "META_GRAPH_URL": f"http://127.0.0.1:{port}",
            "META_ACCESS_TOKEN": "benchmark",
            "ADTRACK_NOW": NOW.isoformat(),
        }
        pages = Path(home) / "answers.bin"
        _stage("save", pages, env)
        measured: list[dict[str, Any]] = []
        for number in range(rounds):
            measured.append({})
            for hour, stage in enumerate(STAGES, number * len(STAGES)):
                env["ADTRACK_NOW"] = (NOW + timedelta(hours=hour)).isoformat()
                measured[-1][stage] = _stage(stage, pages, env)
        subprocess.run([*CLI, "stop"], env=env, check=False, capture_output=True, cwd=ROOT)
    return {stage: min((one[stage] for one in measured), key=lambda one: one["seconds"]) for stage in STAGES}


def _stage(stage: str, pages: Path, env: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, str(ROOT / "benchmarks/ingestion_stages.py"), stage, str(pages)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{stage} failed:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    print(f"  {stage}: {done.stdout.strip()}", file=sys.stderr, flush=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    python = platform.python_version()
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, Python {python}"


def show(results: list[dict[str, Any]]) -> None:
    print(f"\n{machine()}\n\n| {' | '.join(COLUMNS)} |\n|{'--:|' * len(COLUMNS)}")
    for one in results:
        rates = {stage: one[stage]["rows"] / one[stage]["seconds"] for stage in STAGES}
        cells = [f"{one['limit']['rows']:,}", *(f"{rate:,.0f}" for rate in rates.values())]
        cells.append(f"{rates['pipeline'] / rates['limit']:.0%}")
        cells += [f"{one[stage]['peak_mb']:.0f}" for stage in ("pipeline", "again")]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many is told (default: 3)")
    parser.add_argument("--port", type=int, default=8199)
    parser.add_argument("--dir", type=Path, help="where database and answers go (default: the system's)")
    args = parser.parse_args()
    show([measure(rows, args.port, args.dir, args.rounds) for rows in args.rows])


if __name__ == "__main__":
    main()

"""Runs dbt against a test database and says what became of each node."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adtrack_pipeline.warehouse.database import Database

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "dbt_project"
NOW = "2026-11-20T12:00:00Z"
# What holds the injected clock or follows changes; the other views do not change between runs.
ALWAYS = ("int_accounts", "int_ad_creatives", "int_order_credits", "int_conversion_arrivals")


@dataclass(frozen=True)
class Outcome:
    """What one dbt command did: {node name: status}, and the messages of what went wrong."""

    success: bool
    statuses: dict[str, str]
    kinds: dict[str, str]
    errors: list[str]


class Dbt:
    """One dbt process, kept for the session. `folder` takes its target and logs."""

    def __init__(self, folder: Path) -> None:
        target, logs = ["--target-path", str(folder / "target")], ["--log-path", str(folder / "logs")]
        self._folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), *target, *logs]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.dbt.worker"],
            cwd=REPOSITORY,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, database: Database, *args: str, now: str = NOW, **env: str) -> Outcome:
        """Run one command; `env` adds variables for this command only."""
        variables = {
            **database.env(),
            "ADTRACK_NOW": now,
            "ADTRACK_REFRESH_WINDOW": "",
            "ADTRACK_TESTED_DAYS": "0",
            "ADTRACK_REPORTING_CURRENCY": "EUR",
            **env,
        }
        assert self._process.stdin
        assert self._process.stdout
        request = {"args": args, "folders": self._folders, "env": variables}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return _outcome(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


def _outcome(answer: dict[str, Any]) -> Outcome:
    results = answer["results"]
    bad = [
        f"{one['name']}: {one['message']}"
        for one in results
        if one["status"] in {"error", "fail", "skipped", "warn"}
    ]
    return Outcome(
        success=answer["success"],
        statuses={one["name"]: one["status"] for one in results},
        kinds={one["name"]: one["kind"] for one in results},
        errors=[*bad, *([answer["error"]] if answer["error"] else [])],
    )

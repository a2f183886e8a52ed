"""A mistake gets one clear sentence and an exit code, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def adtrack(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "ADTRACK_HOME": str(home), **env}
    return subprocess.run(
        [sys.executable, "-m", "adtrack_pipeline.cli", *args],
        env=clean,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("args", "env", "says"),
    [
        (("run",), {"DATABASE_URL": "postgresql://u:secret-word@db/x"}, "ADTRACK_SOURCE=sandbox"),
        (("run",), {"ADTRACK_INITIAL_DAYS": "many"}, "ADTRACK_INITIAL_DAYS"),
        (("run",), {"META_AD_ACCOUNT_ID": "my account"}, "act_1234567890"),
        (("run",), {"ADTRACK_NOW": "yesterday"}, "ISO 8601"),
        (("run",), {"META_API_VERSION": "26"}, "META_API_VERSION"),
        (("backfill", "--from", "2026-03-02", "--to", "2026-03-01"), {}, "lies after"),
        (("backfill", "--from", "soon", "--to", "2026-03-01"), {}, "--from"),
        (("sql",), {}, "Give a query"),
        (("sandbox", "--now", "noon"), {}, "--now"),
        (("sandbox", "--replay", "/nowhere/at/all"), {}, "/nowhere/at/all"),
    ],
)
def test_a_mistake_is_one_sentence_with_what_to_do(
    tmp_path: Path, args: tuple[str, ...], env: dict[str, str], says: str
):
    done = adtrack(tmp_path, *args, **env)
    said = " ".join((done.stderr + done.stdout).split())
    assert done.returncode in {1, 2}
    assert says in said
    assert "Traceback" not in said
    assert "secret-word" not in said


def test_an_unreachable_database_is_named_without_its_password(tmp_path: Path):
    url = "postgresql://me:secret-word@127.0.0.1:9/adtrack"
    done = adtrack(tmp_path, "status", DATABASE_URL=url, ADTRACK_SOURCE="sandbox")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "secret-word" not in done.stderr


@pytest.mark.parametrize("command", ["up", "run", "backfill", "status", "doctor", "sandbox", "sql", "stop"])
def test_every_command_explains_itself(tmp_path: Path, command: str):
    done = adtrack(tmp_path, command, "--help")
    assert done.returncode == 0
    assert "adtrack" in done.stdout or command == "stop"

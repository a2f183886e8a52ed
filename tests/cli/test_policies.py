"""`adtrack policies`, as a person or a script calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from adtrack_pipeline.monitoring.policies import default_text
from adtrack_pipeline.settings import Settings, load_settings
from adtrack_pipeline.warehouse.database import Database
from tests.dbt.raw_rows import put


def adtrack(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "ADTRACK_HOME": str(home / ".adtrack"), **env}
    command = [sys.executable, "-m", "adtrack_pipeline.cli", "policies", *args]
    return subprocess.run(command, env=clean, cwd=home, capture_output=True, text=True, timeout=60, check=False)


def written(home: Path, text: str, name: str = "adtrack.policies.yaml") -> Path:
    path = home / name
    path.write_text(text, encoding="utf-8")
    return path


def test_show_prints_a_file_that_checks_out(tmp_path: Path):
    shown = adtrack(tmp_path, "show")
    assert (shown.returncode, shown.stdout) == (0, default_text())
    written(tmp_path, shown.stdout)
    checked = adtrack(tmp_path, "check", "--offline")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.strip().endswith("adtrack.policies.yaml is fine.")


def test_check_tells_every_mistake_of_every_section_and_ends_with_2(tmp_path: Path):
    written(tmp_path, "thresholds:\n  ctr: {belov: 3}\nchannels:\n  team: {type: smoke-signals}\n")
    done = adtrack(tmp_path, "check")
    said = done.stderr.splitlines()
    assert done.returncode == 2
    assert "line 2: thresholds.ctr.belov is not known here; did you mean 'below'?" in said[0]
    assert "line 4: channels.team.type must be one of" in said[1]
    assert "Traceback" not in done.stderr


def test_check_speaks_json(tmp_path: Path):
    file = written(tmp_path, "health: {window_hours: soon}\n", "draft.yaml")
    done = adtrack(tmp_path, "check", str(file), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["file"]) == (2, False, str(file))
    [problem] = found["problems"]
    assert (problem["line"], problem["key"]) == (1, "health.window_hours")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path):
    done = adtrack(tmp_path, "check", ADTRACK_POLICIES="nowhere.yaml")
    assert done.returncode == 2
    assert "nowhere.yaml: cannot be read: No such file or directory." in " ".join(done.stderr.split())


def test_check_warns_of_names_the_warehouse_does_not_know(tmp_path: Path, database: Database):
    with database.connect(autocommit=True) as conn:
        put(conn, "accounts", {"account_id": "1"}, name="Shop", currency="EUR", timezone_name="UTC")
        put(conn, "campaigns", {"campaign_id": "c"}, account_id="1", name="Brand spring")
    written(tmp_path, 'overrides:\n  campaigns:\n    "Brand sprang": {}\n    "Brand*": {}\n')
    url = {"DATABASE_URL": database.url().get_secret_value(), "ADTRACK_SOURCE": "sandbox"}
    done = adtrack(tmp_path, "check", "--json", **url)
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], len(found["warnings"])) == (0, True, 1)
    assert (
        "overrides.campaigns.Brand sprang matches no campaign; did you mean 'Brand spring'?"
        in found["warnings"][0]
    )


def test_a_database_that_is_away_leaves_the_file_checked(tmp_path: Path):
    written(tmp_path, "thresholds: {}\n")
    url = {"DATABASE_URL": "postgresql://me:secret-word@127.0.0.1:9/x", "ADTRACK_SOURCE": "sandbox"}
    done = adtrack(tmp_path, "check", **url)
    assert done.returncode == 0
    assert "were not looked up" in done.stderr
    assert "secret-word" not in done.stderr


def test_show_effective_is_the_file_over_the_defaults(tmp_path: Path):
    written(tmp_path, "thresholds: {roas: {below: 3}}\n")
    rules = json.loads(adtrack(tmp_path, "show", "--json").stdout)
    assert rules["thresholds"]["roas"]["below"] == {"default": 3.0}
    assert rules["budgets"]["depleted"]["at_pct"] == 90
    assert "below:\n      default: 3.0" in adtrack(tmp_path, "show", "--effective").stdout


@pytest.mark.parametrize("command", ["show", "check", "schema"])
def test_every_command_explains_itself_with_an_example(tmp_path: Path, command: str):
    done = adtrack(tmp_path, command, "--help")
    assert done.returncode == 0
    assert f"adtrack policies {command}" in done.stdout


def test_the_file_in_effect_is_the_one_named_then_the_one_here_then_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert Settings().policies_file is None
    here = written(tmp_path, "{}")
    assert load_settings().policies_file == here
    monkeypatch.setenv("ADTRACK_POLICIES", "other.yaml")
    assert load_settings().policies_file == Path("other.yaml")
    monkeypatch.setenv("ADTRACK_POLICIES", "")
    assert load_settings().policies_file == here

"""Where the dbt project lies and the manifest Dagster builds its graph from.

The manifest is parsed again only when a file of the project, or dbt itself, has changed; everything dbt writes is
kept under ADTRACK_HOME. Imports neither Dagster nor dbt, so that the CLI may ask cheaply whether it is ready.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import adtrack_pipeline
from adtrack_pipeline.defs.instance.home import dbt_target
from adtrack_pipeline.settings import Settings

PROJECT_DIR = Path(adtrack_pipeline.__file__).parent.parent / "dbt_project"
PARSED = (".sql", ".yml", ".yaml", ".md", ".csv")
NOT_PARSED = {"target", "logs", "dbt_packages"}
STAMP = "manifest.stamp"
SHOWN_CHARACTERS = 1500
PARTIAL_PARSE = "partial_parse.msgpack"


class ManifestError(Exception):
    """The dbt project cannot be parsed; dbt's own words are in the text."""


def ready_manifest(settings: Settings, env: Mapping[str, str] | None = None) -> Path:
    """The manifest of the project as it is now, parsed first if need be (5 s). Safe in several processes at once.

    Args:
        settings: where dbt's target folder is.
        env: variables of the database, when known. dbt keeps what it parsed only for the connection it was
            parsed with, so parsing with them spares the first build the same work.

    Raises:
        ManifestError: with dbt's message.
    """
    target = dbt_target(settings)
    target.mkdir(parents=True, exist_ok=True)
    manifest, stamp = target / "manifest.json", target / STAMP
    wanted = fingerprint(PROJECT_DIR)
    with _locked(target / ".lock"):
        if not manifest.is_file() or not stamp.is_file() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            _parse(target, env or {})
            stamp.write_text(wanted)
    return manifest


def fingerprint(project: Path) -> str:
    """A hash over the names and contents of everything dbt parses, and dbt's version."""
    digest = hashlib.sha256(f"{version('dbt-core')} {version('dbt-postgres')}".encode())
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        if path.suffix in PARSED and inside.parts[0] not in NOT_PARSED and path.is_file():
            digest.update(f"\0{inside.as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def build_folder(settings: Settings, run_id: str, *, reusable: bool) -> Iterator[Path]:
    """A folder for one build: starts from what is parsed already, and is removed when the build went well.

    Args:
        settings: where dbt's target folder is.
        run_id: names the folder; a failed build's compiled SQL stays there for a few days.
        reusable: hand the parsing state on to the next build. dbt drops it when the connection changes (another
            port), and so must not get one that was parsed with other variables.
    """
    kept = dbt_target(settings) / PARTIAL_PARSE
    folder = kept.parent / f"build-{run_id}"
    folder.mkdir(parents=True, exist_ok=True)
    if kept.is_file():
        shutil.copyfile(kept, folder / PARTIAL_PARSE)
    yield folder
    parsed = folder / PARTIAL_PARSE
    if reusable and parsed.is_file():
        parsed.replace(kept)
    shutil.rmtree(folder, ignore_errors=True)


def dbt_executable() -> str:
    """The dbt of this very environment, whatever PATH says."""
    beside = Path(sys.executable).parent / "dbt"
    return str(beside) if beside.is_file() else "dbt"


def _parse(target: Path, env: Mapping[str, str]) -> None:
    folders = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--target-path", str(target)]
    done = subprocess.run(
        [dbt_executable(), "--no-use-colors", "parse", "--quiet", "--log-path", str(target), *folders],
        env={**os.environ, **env, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = " ".join((done.stdout + done.stderr).split())
        raise ManifestError(f"The dbt project cannot be parsed: {said[-SHOWN_CHARACTERS:]}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

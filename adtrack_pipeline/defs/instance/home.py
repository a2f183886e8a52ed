"""DAGSTER_HOME and the variables every Dagster process needs. Imports no Dagster: the CLI may ask cheaply."""

import os
from pathlib import Path

import adtrack_pipeline
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database

SANDBOX = "SANDBOX"
INSTANCE_FILE = "dagster.yaml"
FOREGROUND_FILE = "dagster-foreground.yaml"
# A foreground run talks to its terminal: Dagster's capture would start four processes to copy it to a file.
_NO_CAPTURE = """
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
EVENTS_PER_BATCH = "500"  # materialisations of a partition range are written together


def is_sandbox(settings: Settings) -> bool:
    """Whether everything shown must carry the word SANDBOX."""
    return settings.effective_source == "sandbox"


def location_name(settings: Settings) -> str:
    """What Dagster calls this code location, on every page that lists runs, schedules or assets."""
    return f"adtrack_{SANDBOX}" if is_sandbox(settings) else "adtrack"


def dagster_home(settings: Settings) -> Path:
    """Where Dagster keeps its own files."""
    return settings.home_dir / "dagster"


def dbt_target(settings: Settings) -> Path:
    """Where dbt writes: outside the checkout, shared by all builds for partial parsing."""
    return settings.home_dir / "dbt_target"


def prepare_home(settings: Settings) -> Path:
    """Create DAGSTER_HOME with the instance's configuration as the project ships it."""
    home = dagster_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    shipped = instance_template().read_text()
    _put(home / INSTANCE_FILE, shipped)
    _put(home / FOREGROUND_FILE, shipped + _NO_CAPTURE)
    return home


def instance_template() -> Path:
    """The project's `dagster.yaml`: beside the package in a checkout, inside it in a wheel."""
    package = Path(adtrack_pipeline.__file__).parent
    beside = package.parent / INSTANCE_FILE
    return beside if beside.is_file() else package / INSTANCE_FILE


def environment(settings: Settings, database: Database) -> dict[str, str]:
    """What Dagster's and dbt's processes must find in their environment. Holds the database's password."""
    return {
        **database.env(),
        "ADTRACK_HOME": str(settings.home_dir),
        "DAGSTER_HOME": str(dagster_home(settings)),
        "DAGSTER_EVENT_BATCH_SIZE": EVENTS_PER_BATCH,
        "DBT_TARGET_PATH": str(dbt_target(settings)),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # dbt reads these itself, and knows nothing of .env.
        "ADTRACK_RESTATEMENT_DAYS": str(settings.restatement_days),
        "ADTRACK_REPORTING_CURRENCY": settings.reporting_currency,
        "ADTRACK_PROJECT_ID": settings.project_id,
    }


def _put(path: Path, text: str) -> None:
    """Write a file whole or not at all: another process may be reading it."""
    if path.is_file() and path.read_text() == text:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)

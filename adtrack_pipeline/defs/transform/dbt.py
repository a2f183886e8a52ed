"""The dbt command as a resource, without the detours that cost an hourly build five seconds.

Does not belong here: which models to build (assets.py).
"""

import sys
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from dagster_dbt import DbtCliResource
from packaging.version import Version

# dbt as a child that ends with the run: a killed run must not leave a build behind that goes on writing marts.
CHILD = ("-m", "adtrack_pipeline.children.entry", "parent", "dbt.cli.main")
# Dagster records what dbt says; copies of the manifest and a debug log with every build are 4 MB an hour.
FLAGS = ("--no-use-colors", "--no-write-json", "--log-level-file", "info")


class Dbt(DbtCliResource):
    """`DbtCliResource` that neither asks `dbt --version` (a process, and a call to PyPI) nor loads dbt twice.

    Both overridden members are private upstream; dagster-dbt is pinned, and a test fails when they move.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(installed("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        """Upstream uses the adapter to count rows and list columns; assets.py asks Postgres itself."""
        return None


def dbt_resource(project_dir: Path) -> Dbt:
    """The dbt of this very Python environment."""
    return Dbt(
        project_dir=str(project_dir),
        profiles_dir=str(project_dir),
        dbt_executable=sys.executable,
        global_config_flags=[*CHILD, *FLAGS],
    )

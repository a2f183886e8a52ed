"""Opening Dagster's instance in this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from adtrack_pipeline.defs.instance.home import FOREGROUND_FILE, INSTANCE_FILE, environment, prepare_home
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database


@contextmanager
def open_instance(
    settings: Settings, database: Database, *, foreground: bool = False
) -> Iterator[dg.DagsterInstance]:
    """The Postgres instance of this database, its tables created on first use.

    Sets this process's environment as `dagster.yaml` needs it.

    Args:
        settings: where the home is.
        database: where the storage is.
        foreground: leave stdout and stderr to the terminal instead of capturing them for the UI.
    """
    home = prepare_home(settings)
    os.environ.update(environment(settings, database))
    with dg.DagsterInstance.from_config(str(home), FOREGROUND_FILE if foreground else INSTANCE_FILE) as instance:
        yield instance

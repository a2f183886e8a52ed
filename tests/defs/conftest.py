"""The project as Dagster loads it. dbt is parsed once for the whole session; every test's home gets a copy."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from adtrack_pipeline.definitions import build_definitions
from adtrack_pipeline.defs.instance.home import dbt_target, environment
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.transform.project import ready_manifest
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.postgres import PgServer

MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's target folder with a ready manifest, shared by all workers of the session."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "parsed"
    home.mkdir(exist_ok=True)
    settings = Settings(ADTRACK_HOME=home)
    ready_manifest(settings)
    return dbt_target(settings)


@pytest.fixture
def make_settings(parsed: Path, tmp_path: Path) -> MakeSettings:
    """Settings with a home of the test's own; names are those of the environment."""

    def make(**names: object) -> Settings:
        settings = Settings(**{"ADTRACK_HOME": tmp_path / "home", **names})
        if not dbt_target(settings).exists():
            shutil.copytree(parsed, dbt_target(settings))
        return settings

    return make


@pytest.fixture(scope="session")
def with_dagsters_tables(pg_server: PgServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database to copy: making Dagster's tables takes a second and a half, copying them nothing."""
    settings = Settings(ADTRACK_HOME=tmp_path_factory.mktemp("template"))
    with pytest.MonkeyPatch.context() as patch, pg_server.fresh_database() as template:
        for name, value in environment(settings, template).items():
            patch.setenv(name, value)
        with open_instance(settings, template, foreground=True) as instance:
            assert instance.get_runs_count() == 0
        with pg_server.admin() as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (template.dbname,)
            )
        yield template


@pytest.fixture
def database(pg_server: PgServer, with_dagsters_tables: Database) -> Iterator[Database]:
    """A fresh, migrated database of this test's own that Dagster has used before."""
    with pg_server.fresh_database(template=with_dagsters_tables.dbname) as fresh:
        yield fresh


@pytest.fixture
def definitions(make_settings: MakeSettings) -> dg.Definitions:
    """A real account's project."""
    return build_definitions(make_settings(META_ACCESS_TOKEN="token"))

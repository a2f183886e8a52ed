"""The entry point: what `dagster-webserver` does, with a class of ours in the place of Dagster's."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from dagster_webserver import app, cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.routing import BaseRoute

from adtrack_pipeline.webserver.report_pages import report_routes

if TYPE_CHECKING:
    import psycopg

    from adtrack_pipeline.warehouse import Database


class Webserver(DagsterWebserver[Any, Any]):
    """Dagster's webserver; reports come before its last route, which answers everything."""

    def build_routes(self) -> list[BaseRoute]:
        """Our routes, then Dagster's."""
        dagsters: Sequence[BaseRoute] = super().build_routes()  # type: ignore[no-untyped-call]
        return [*report_routes(_connect), *dagsters]


@cache
def _database() -> "Database":
    """Found when the first report is asked for: the UI starts without it."""
    from adtrack_pipeline.settings import load_settings  # noqa: PLC0415
    from adtrack_pipeline.warehouse import ensure_database  # noqa: PLC0415

    return ensure_database(load_settings())


def _connect() -> "psycopg.Connection[Any]":
    return _database().connect(autocommit=True, application_name="adtrack reports")


def main() -> None:
    """Serve until told to stop."""
    module: Any = app  # which makes the server of the class it finds under this name, and offers no other way
    module.DagsterWebserver = Webserver
    cli.main()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()

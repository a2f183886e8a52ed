"""The daily reports over HTTP: `/reports` lists them, `/reports/NUMBER` is one page.

Belongs here: routes, and headers that keep a page from doing anything but being read. Does not belong here: the
server they are part of (`__main__.py`), SQL and HTML. What reads the warehouse is imported when a report is
opened, so that the UI starts as soon as without it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    import psycopg

Connection: TypeAlias = "psycopg.Connection[Any]"
Connect: TypeAlias = Callable[[], AbstractContextManager[Connection]]

PATH = "/reports"
LARGEST_NUMBER = 2**63 - 1
# Pages hold names that others wrote, and come from the same address as the UI, which can start runs.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def report_routes(connect: Connect) -> list[Route]:
    """The two routes; `connect` opens a connection to the warehouse, closed with its block.

    Endpoints are plain functions, so that a slow database holds up a thread and not the server.
    """

    def archive(_: Request) -> Response:
        return _answer(connect, _read_archive)

    def report(request: Request) -> Response:
        return _answer(connect, partial(_read_report, report_id=request.path_params["report_id"]))

    return [Route(PATH, archive), Route(f"{PATH}/{{report_id:int}}", report)]


def _answer(connect: Connect, read: Callable[[Connection], str | None]) -> Response:
    import psycopg  # noqa: PLC0415

    from adtrack_pipeline.warehouse import DatabaseError  # noqa: PLC0415

    try:
        with connect() as conn:
            page = read(conn)
    except (DatabaseError, psycopg.Error):
        return PlainTextResponse("The warehouse does not answer now; try again in a minute.", 503)
    if page is None:
        return PlainTextResponse(f"There is no such report (any more). {PATH} lists what is kept.", 404)
    return HTMLResponse(page, headers=HEADERS)


def _read_archive(conn: Connection) -> str:
    from adtrack_pipeline.defs.reporting.archive import entries  # noqa: PLC0415
    from adtrack_pipeline.reporting import render_archive  # noqa: PLC0415

    return render_archive(entries(conn))


def _read_report(conn: Connection, report_id: int) -> str | None:
    from adtrack_pipeline.defs.reporting.archive import page_by_id  # noqa: PLC0415

    return page_by_id(conn, report_id) if report_id <= LARGEST_NUMBER else None

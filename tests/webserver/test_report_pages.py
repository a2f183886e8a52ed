"""Reports in the UI: what a browser gets under /reports, from reports kept in a real warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from adtrack_pipeline.warehouse import Database, DatabaseError
from adtrack_pipeline.webserver.report_pages import Connect, report_routes

Conn = psycopg.Connection[Any]


def put(conn: Conn, account_id: str = "1", day: str = "2026-11-19", version: int = 1, name: str = "Acme") -> int:
    """A kept report; returns its number."""
    row = conn.execute(
        """
        insert into ops.reports (
            platform, account_id, report_date, version, built_at, is_complete, currency, html, data, fingerprint
        ) values ('meta', %s, %s, %s, now(), true, 'EUR', %s, jsonb_build_object('account_name', %s::text), 'f')
        returning report_id
        """,
        [account_id, day, version, f"<!doctype html><p>{account_id} {day} {version}", name],
    ).fetchone()
    assert row
    return int(row[0])


def browsing(connect: Connect) -> httpx.AsyncClient:
    app = Starlette(routes=report_routes(connect))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ui")


@pytest.fixture
def browser(database: Database) -> httpx.AsyncClient:
    return browsing(lambda: database.connect(autocommit=True))


async def test_a_report_is_opened_by_its_number_and_may_do_nothing_but_be_read(
    conn: Conn, browser: httpx.AsyncClient
):
    answer = await browser.get(f"/reports/{put(conn)}")
    assert (answer.status_code, answer.text) == (200, "<!doctype html><p>1 2026-11-19 1")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


async def test_the_list_links_the_newest_version_of_every_report_newest_day_first(
    conn: Conn, browser: httpx.AsyncClient
):
    put(conn, day="2026-11-18")
    old, new = put(conn), put(conn, version=2)
    overall = put(conn, account_id="*", name="All accounts")
    page = (await browser.get("/reports")).text
    assert f'href="reports/{new}"' in page
    assert f'href="reports/{old}"' not in page
    assert "version 2" in page
    assert page.index("19 Nov") < page.index(f"reports/{overall}") < page.index(f"reports/{new}")
    assert page.index(f"reports/{new}") < page.index("18 Nov")


async def test_the_list_says_when_the_first_report_comes(browser: httpx.AsyncClient):
    assert "due in the account's morning" in (await browser.get("/reports")).text


async def test_names_with_markup_stay_text_in_the_list(conn: Conn, browser: httpx.AsyncClient):
    put(conn, name="<script>alert(1)</script>")
    page = (await browser.get("/reports")).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("number", ["1", "0", str(2**63 - 1), str(2**63), "9" * 400])
async def test_a_number_without_a_report_is_not_found(browser: httpx.AsyncClient, number: str):
    answer = await browser.get(f"/reports/{number}")
    assert answer.status_code == 404
    assert answer.text == "There is no such report (any more). /reports lists what is kept."


async def test_a_warehouse_that_is_away_is_said_in_one_sentence_without_its_address():
    @contextmanager
    def away() -> Iterator[Conn]:
        raise DatabaseError("secret-host:5432 refused")
        yield

    answer = await browsing(away).get("/reports")
    assert answer.status_code == 503
    assert "secret-host" not in answer.text

"""The batch endpoint, thumbnails, prerendered answers, the overview."""

import json
import struct
import zlib

import httpx

from tests.sandbox.conftest import NOW, all_rows, error, span
from tests.sandbox_server import RunningSandbox, running_sandbox


def batch(sandbox: RunningSandbox, *items: dict[str, str]) -> list[dict[str, object] | None]:
    found: list[dict[str, object] | None] = sandbox.post("", batch=json.dumps(items)).json()
    return found


def test_a_batch_answers_each_call_in_order_with_its_own_status_and_headers(
    sandbox: RunningSandbox, account: str
) -> None:
    good, bad = batch(
        sandbox,
        {"method": "GET", "relative_url": f"{account}?fields=name"},
        {"method": "GET", "relative_url": "v25.0/act_404"},
    )
    assert good is not None
    assert bad is not None
    assert json.loads(str(good["body"])) == sandbox.get(account, fields="name").json()
    assert (good["code"], bad["code"]) == (200, 400)
    assert "X-Business-Use-Case-Usage" in {one["name"] for one in good["headers"]}  # type: ignore[attr-defined]


def test_a_batch_can_start_report_runs(sandbox: RunningSandbox, account: str) -> None:
    (started,) = batch(sandbox, {"method": "POST", "relative_url": f"{account}/insights", "body": "level=ad"})
    assert started is not None
    assert sandbox.get(json.loads(str(started["body"]))["report_run_id"]).status_code == 200


def test_more_than_fifty_calls_are_too_many(sandbox: RunningSandbox) -> None:
    answer = sandbox.post("", batch=json.dumps([{"method": "GET", "relative_url": "me"}] * 51))
    assert error(answer) == (100, None)
    assert error(sandbox.post("", batch="{}")) == (100, None)


def test_items_that_were_not_done_in_time_are_null() -> None:
    with running_sandbox(accounts=1, ads=3, batch_null_every=3) as sandbox:
        answers = batch(sandbox, *[{"method": "GET", "relative_url": "me"}] * 6)
        assert [one is None for one in answers] == [False, False, True] * 2


def test_thumbnails_are_real_pictures_behind_links_that_expire(sandbox: RunningSandbox, account: str) -> None:
    creative = sandbox.get(f"{account}/adcreatives", fields="thumbnail_url", limit=1).json()["data"][0]
    link = creative["thumbnail_url"]
    picture = httpx.get(link)
    width, height = struct.unpack(">II", picture.content[16:24])
    assert (picture.headers["content-type"], width, height) == ("image/png", 64, 64)
    assert len(zlib.decompress(picture.content[picture.content.index(b"IDAT") + 4 : -16])) == 64 * (64 * 3 + 1)
    sandbox.set_now("2026-11-25T00:00:00Z")
    assert httpx.get(link).status_code == 403
    assert httpx.get(link.split("?")[0]).status_code == 403


def test_a_thumbnail_link_changes_from_day_to_day_but_shows_the_same_picture(
    sandbox: RunningSandbox, account: str
) -> None:
    first = sandbox.get(f"{account}/adcreatives", fields="thumbnail_url", limit=1).json()["data"][0]
    sandbox.set_now("2026-11-21T10:00:00Z")
    second = sandbox.get(first["id"], fields="thumbnail_url").json()
    assert first["thumbnail_url"] != second["thumbnail_url"]
    assert httpx.get(first["thumbnail_url"]).content == httpx.get(second["thumbnail_url"]).content


def test_prerendered_answers_are_the_same_answers() -> None:
    query = {
        "level": "ad",
        "time_increment": 1,
        "time_range": span("2026-11-10", "2026-11-16"),
        "fields": "ad_id,actions",
    }
    options = {"accounts": 1, "ads": 30, "now": NOW}
    with running_sandbox(prerender=True, **options) as kept, running_sandbox(**options) as plain:
        account = kept.get("me/adaccounts").json()["data"][0]["id"]
        fresh = all_rows(plain, f"{account}/insights", **query)
        assert [all_rows(kept, f"{account}/insights", limit=20, **query) for _ in range(2)] == [fresh] * 2
        kept.fault("restate", account=account, day="2026-11-12", factor=0)
        assert len(all_rows(kept, f"{account}/insights", limit=20, **query)) < len(fresh)


def test_the_overview_says_that_it_is_a_sandbox_and_what_it_can_do(sandbox: RunningSandbox) -> None:
    overview = sandbox.control("GET", "")
    assert "SANDBOX" in overview["sandbox"]
    assert all(name.startswith("SANDBOX") for name in overview["accounts"].values())
    assert overview["as_of"] == "2026-11-20T10:00:00+00:00"

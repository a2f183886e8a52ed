"""Tokens, proofs and versions: who may ask, and how."""

import hashlib
import hmac
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.conftest import error
from tests.sandbox_server import RunningSandbox, running_sandbox

SECRET, TOKEN = "app-secret", "good-token"


@pytest.fixture(scope="module")
def strict() -> Iterator[RunningSandbox]:
    with running_sandbox(accounts=1, ads=3, tokens=(TOKEN,), app_secret=SECRET, require_proof=True) as server:
        yield server


def proof(token: str) -> str:
    return hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()


def test_any_token_is_accepted_by_default_in_the_header_or_the_query(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.base_url}/v25.0/me"
    assert httpx.get(url, headers={"Authorization": "Bearer whatever"}).status_code == 200
    assert httpx.get(url, params={"access_token": "whatever"}).status_code == 200


def test_without_a_token_nothing_is_answered(sandbox: RunningSandbox) -> None:
    assert error(httpx.get(f"{sandbox.base_url}/v25.0/me/adaccounts")) == (2500, None)


def test_a_token_that_is_not_accepted_is_190_463(strict: RunningSandbox) -> None:
    answer = httpx.get(f"{strict.base_url}/v25.0/me", headers={"Authorization": "Bearer other"})
    assert error(answer) == (190, 463)


def test_a_required_proof_must_be_there_and_right(strict: RunningSandbox) -> None:
    assert error(strict.get("me")) == (100, None)
    assert error(strict.get("me", appsecret_proof=proof("other"))) == (100, None)
    assert strict.get("me", appsecret_proof=proof(TOKEN)).status_code == 200


def test_a_dead_version_is_error_2635_and_so_is_none(sandbox: RunningSandbox) -> None:
    for path in ("v24.0/me", "v19.0/me/adaccounts", "me"):
        assert error(httpx.get(f"{sandbox.base_url}/{path}", headers=sandbox.headers)) == (2635, None)


def test_a_version_that_never_was_is_an_unknown_path(sandbox: RunningSandbox) -> None:
    answer = httpx.get(f"{sandbox.base_url}/v99.0/me", headers=sandbox.headers)
    assert error(answer) == (2500, None)


def test_both_living_versions_are_served_and_links_stay_in_theirs(sandbox: RunningSandbox, account: str) -> None:
    for version in ("v25.0", "v26.0"):
        answer = sandbox.get(f"{sandbox.base_url}/{version}/{account}/ads?limit=1")
        assert f"/{version}/{account}/ads" in answer.json()["paging"]["next"]


def test_dead_versions_may_be_upgraded_with_a_warning_instead() -> None:
    with running_sandbox(accounts=1, ads=3, upgrade_versions=True, versions=("v26.0",)) as server:
        answer = httpx.get(f"{server.base_url}/v25.0/me", headers=server.headers)
        assert answer.status_code == 200
        assert "auto-upgraded to v26.0" in answer.headers["x-ad-api-version-warning"]


def test_what_meta_took_away_is_gone(sandbox: RunningSandbox, account: str) -> None:
    gone = httpx.get(f"{sandbox.base_url}/v25.0/", params={"ids": f"{account},1"}, headers=sandbox.headers)
    assert error(gone) == (100, None)
    assert error(sandbox.get(account, fields="name", date_format="U")) == (100, None)


def test_the_token_says_what_it_may_do(sandbox: RunningSandbox) -> None:
    info = sandbox.get("debug_token", input_token=sandbox.token).json()["data"]
    granted = {one["permission"] for one in sandbox.get("me/permissions").json()["data"]}
    assert info["is_valid"]
    assert {"ads_read"} <= set(info["scopes"]) == granted

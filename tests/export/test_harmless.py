"""What a hostile or mistaken call can do: nothing but be told so."""

import pytest

from adtrack_pipeline.warehouse import Database
from tests.export.conftest import Export

BREAKING_OUT = {
    "second statement": "1=1); drop table marts.campaign_days; --",
    "end of the copy": "1=1)) to stdout; drop table marts.campaign_days; --",
    "union": "false) union select * from marts.campaign_days where (true",
    "union in both places": "true) union select (1",
    "case": "true) then 1 end from marts.campaign_days; drop table marts.campaign_days; --",
    "open comment": "true) /*",
    "order": "true) order by (spend",
    "limit": "true) limit (1",
    "two expressions": "true, true",
    "not a condition": "spend",
    "nothing": ")",
    "unfinished text": "campaign_name = 'x",
    "dollar quote": "true $$",
}


@pytest.mark.parametrize("where", BREAKING_OUT.values(), ids=BREAKING_OUT.keys())
def test_a_condition_cannot_leave_its_place(export: Export, shelf: Database, where: str):
    code, out, told = export("campaign_days --out -", "--where", where)
    assert (code, out) == (2, "")
    assert "--where is not a condition on marts.campaign_days: " in told
    with shelf.connect() as conn:
        assert conn.execute("select count(*) from marts.campaign_days").fetchone() == (4,)


@pytest.mark.parametrize(
    "where",
    [
        "exists (select from raw.accounts)",
        "campaign_id in (select account_id from raw.insights_daily)",
        "exists (select from ops.alerts)",
        "pg_read_file('/etc/hostname') is not null",
        "exists (select from pg_authid)",
    ],
    ids=["raw", "raw rows", "private ops", "files", "passwords"],
)
def test_a_condition_sees_marts_only(export: Export, where: str):
    code, out, told = export("campaign_days --out - --columns spend", "--where", where)
    assert code != 0
    assert out.strip() in {"", "spend"}
    assert "permission denied" in told


@pytest.mark.parametrize(
    "where",
    [
        "set_config('transaction_read_only', 'off', false) is not null and lo_create(0) > 0",
        "nextval('raw.pages_page_id_seq') > 0",
    ],
    ids=["writing", "sequence"],
)
def test_a_condition_changes_nothing(export: Export, where: str):
    code, _, told = export("campaign_days --out -", "--where", where)
    assert code in {1, 2}
    assert "adtrack: " in told


def test_a_condition_that_takes_for_ever_is_ended(export: Export):
    code, _, told = export("campaign_days --minutes 0.002 --out -", "--where", "pg_sleep(5) is not null")
    assert code == 1
    assert "did not finish within 0.002 minutes" in told


def test_a_condition_that_fails_on_a_row_is_a_mistake_of_the_call(export: Export):
    code, _, told = export("campaign_days --out -", "--where", "1 / impressions > 0")
    assert code == 2
    assert "--where fails on some rows of campaign_days: division by zero." in told


def test_like_patterns_braces_and_questions_about_other_marts_are_conditions(export: Export):
    where = "campaign_name like '%{x}%' or campaign_id in (select campaign_id from marts.campaign_days)"
    code, out, _ = export("campaign_days --out - --columns date_day", "--where", where)
    assert (code, len(out.splitlines())) == (0, 5)


def test_a_condition_in_another_encoding_is_told_as_such(export: Export):
    code, _, told = export("campaign_days --out -", "--where", "campaign_name = '\udce9'")
    assert code == 2
    assert "--where is not UTF-8 text" in told

"""Versions of an order that is told with its account and without: what is news is kept, and nothing else."""

from typing import Any

import psycopg

Conn = psycopg.Connection[Any]


def tell(conn: Conn, account_id: str, value: int, **told: Any) -> None:
    row = {"account_id": account_id, "order_id": "o", "value": value, "currency": "EUR", **told}
    row = {"occurred_at": "2026-03-01 12:00+00", **row}
    places = ", ".join(f"%({name})s" for name in row)
    conn.execute(f"insert into raw.offline_conversions ({', '.join(row)}) values ({places})".encode(), row)


def versions(conn: Conn) -> list[tuple[Any, ...]]:
    return conn.execute(
        "select account_id, version, value::int from raw.offline_conversions order by received_at"
    ).fetchall()


def test_what_is_told_again_after_it_was_told_otherwise_is_news(conn: Conn) -> None:
    for account_id, value in (("1", 50), ("*", 70), ("1", 50), ("1", 50), ("*", 70)):
        tell(conn, account_id, value)
    assert versions(conn) == [("1", 1, 50), ("*", 1, 70), ("1", 2, 50), ("*", 2, 70)]


def test_two_refunds_of_one_moment_are_two_if_they_have_ids_and_a_corrected_moment_is_no_third(conn: Conn) -> None:
    tell(conn, "1", -5, refund_id="r1")
    tell(conn, "1", -7, refund_id="r2")
    tell(conn, "1", -7, refund_id="r2", occurred_at="2026-03-02 12:00+00")
    kept = "select refund_key, version, value::int from raw.offline_conversions order by received_at"
    assert conn.execute(kept).fetchall() == [("r1", 1, -5), ("r2", 1, -7), ("r2", 2, -7)]


def test_telling_the_same_with_and_without_the_account_for_ever_adds_nothing(conn: Conn) -> None:
    for account_id in ("1", "*", "1", "*", "*", "1"):
        tell(conn, account_id, 50)
    assert versions(conn) == [("1", 1, 50), ("*", 1, 50)]


def test_what_other_accounts_platforms_and_refunds_say_is_no_news_of_an_order(conn: Conn) -> None:
    tell(conn, "1", 50)
    tell(conn, "2", 60)
    tell(conn, "*", 70, platform="google")
    tell(conn, "*", -5)
    known = versions(conn)
    tell(conn, "1", 50)
    assert versions(conn) == known


def test_an_account_is_the_same_with_its_prefix_and_none_is_a_star(conn: Conn) -> None:
    for account_id in ("act_1", "1", " act_1 "):
        tell(conn, account_id, 50)
    tell(conn, "", 60)
    assert versions(conn) == [("1", 1, 50), ("*", 1, 60)]


def test_what_arrives_later_was_received_later_whatever_the_clock_does(conn: Conn) -> None:
    tell(conn, "1", 50)
    conn.execute("update raw.offline_conversions set received_at = now() + interval '1 hour'")
    tell(conn, "*", 70)
    tell(conn, "1", 60)
    assert versions(conn) == [("1", 1, 50), ("*", 1, 70), ("1", 2, 60)]

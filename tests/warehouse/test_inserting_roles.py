"""What models and shops may do by SQL: insert into their one table, and nothing else."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.intake import ORDERS, PREDICTIONS
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.declared_roles import ROLES

Conn = psycopg.Connection[Any]
PREDICTION = (
    "insert into raw.predictions (prediction_id, level, object_id, model_name, predicted_at, window_start,"
    " window_end, predicted_ctr) values ('p1', 'ad', '1', 'm', '2026-03-01', '2026-03-01', '2026-03-07', {ctr})"
)
ORDER = (
    "insert into raw.offline_conversions (order_id, occurred_at, value, currency)"
    " values ('o1', '2026-03-01', {value}, 'EUR')"
)
LOCKS = "from pg_locks where database = (select oid from pg_database where datname = current_database())"
WAITS = "select where cardinality(pg_blocking_pids(%s)) > 0"


@pytest.fixture
def predictor(database: Database) -> Iterator[Conn]:
    with database.connect(role="predictor", autocommit=True) as connection:
        yield connection


@pytest.fixture
def shop(database: Database) -> Iterator[Conn]:
    with database.connect(role="orders", autocommit=True) as connection:
        yield connection


def test_a_model_inserts_predictions_and_corrects_them(conn: Conn, predictor: Conn) -> None:
    for ctr in ("2.5", "2.50", "2.7"):
        predictor.execute(PREDICTION.format(ctr=ctr))
    rows = conn.execute("select version, predicted_ctr::text, source from raw.predictions order by 1").fetchall()
    assert rows == [(1, "2.5", "sql"), (2, "2.7", "sql")]


def test_a_shop_inserts_orders_and_refunds(conn: Conn, shop: Conn) -> None:
    for value in ("10", "-4", "10"):
        shop.execute(ORDER.format(value=value))
    rows = conn.execute("select value::text, version from raw.offline_conversions order by value").fetchall()
    assert rows == [("-4", 1), ("10", 1)]


def test_a_model_may_copy_many_rows_at_once(conn: Conn, predictor: Conn) -> None:
    columns = "prediction_id, level, object_id, model_name, predicted_at, window_start, window_end, predicted_roas"
    with predictor.cursor() as cursor, cursor.copy(f"copy raw.predictions ({columns}) from stdin") as copy:
        for n in range(100):
            copy.write_row((f"p{n}", "ad", "1", "m", "2026-03-01", "2026-03-01", "2026-03-07", 3.1))
    assert conn.execute("select count(*) from raw.predictions").fetchone() == (100,)


@pytest.mark.parametrize(
    "column", ["version", "source", "source_line", "received_at", "content_hash", "changed_xid"]
)
def test_what_the_database_gives_nobody_may_choose(predictor: Conn, shop: Conn, column: str) -> None:
    for role, table in ((predictor, "predictions"), (shop, "offline_conversions")):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute(f"insert into raw.{table} ({column}) values (default)")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from raw.predictions",
        "select prediction_id from raw.predictions",
        "update raw.predictions set predicted_ctr = 1",
        "delete from raw.predictions",
        "truncate raw.predictions",
        PREDICTION.format(ctr=1) + " returning version",
        ORDER.format(value=1),
        "select * from raw.ads",
        "select * from marts.any_mart",
        "select * from ops.intake_files",
        "create table raw.mine ()",
        "create table marts.mine ()",
        "select raw.version_prediction()",
    ],
)
def test_a_model_may_do_nothing_but_insert_predictions(conn: Conn, predictor: Conn, statement: str) -> None:
    conn.execute("create table marts.any_mart as select 1 as n")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        predictor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["select * from raw.offline_conversions", PREDICTION.format(ctr=1), "delete from raw.rejected_rows"],
)
def test_a_shop_may_do_nothing_but_insert_orders(shop: Conn, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shop.execute(statement)


def test_an_open_transaction_of_theirs_ends_before_it_holds_everybody_up(predictor: Conn, shop: Conn) -> None:
    for role in (predictor, shop):
        shown = [
            role.execute(f"show {name}").fetchone()
            for name in ("idle_in_transaction_session_timeout", "statement_timeout")
        ]
        assert shown == [("1min",), ("5min",)]


@pytest.mark.parametrize(("role", "insert"), [("predictor", PREDICTION), ("orders", ORDER)])
def test_who_inserts_takes_turns_by_nothing_that_another_login_could_hold(
    conn: Conn, database: Database, role: str, insert: str
) -> None:
    with database.connect(role=role) as one, database.connect(role=role) as other:
        one.execute(insert.replace("{ctr}", "1").replace("{value}", "1"))
        held = conn.execute(f"select count(*) {LOCKS} and locktype = 'advisory'").fetchone()
        for statement in (
            "select from ops.intake_turns for update",
            "lock table ops.intake_turns",
            "lock table raw.predictions in share mode",
            "lock table raw.offline_conversions in share mode",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)
            other.rollback()
    assert held == (0,)


def test_two_corrections_of_one_prediction_at_once_are_two_versions(database: Database, conn: Conn) -> None:
    with (
        database.connect(role="predictor") as first,
        database.connect(role="predictor") as second,
        ThreadPoolExecutor(1) as pool,
    ):
        first.execute(PREDICTION.format(ctr=1))
        later = pool.submit(lambda: [second.execute(PREDICTION.format(ctr=2)), second.commit()])
        while not conn.execute(WAITS, [second.info.backend_pid]).fetchall():
            time.sleep(0.01)
        first.commit()
        later.result(timeout=30)
    rows = conn.execute("select version, predicted_ctr::text from raw.predictions order by 1").fetchall()
    assert rows == [(1, "1"), (2, "2")]


@pytest.mark.parametrize("bad", ["'NaN'", "'Infinity'", "-1", "1e15", "null"])
def test_what_is_no_prediction_is_refused_by_the_database_itself(predictor: Conn, bad: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        predictor.execute(PREDICTION.format(ctr=bad))


@pytest.mark.parametrize(
    "moment", ["infinity", "-infinity", "4714-11-24 BC", "1999-12-31 23:59:59Z", "2100-01-01Z", "200000-01-01"]
)
def test_an_order_of_no_real_moment_is_refused_by_the_database_itself(shop: Conn, moment: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.execute(ORDER.format(value=1).replace("2026-03-01", moment))


@pytest.mark.parametrize("value", ["'NaN'", "'Infinity'", "1e15"])
def test_an_order_of_no_real_value_is_refused_by_the_database_itself(shop: Conn, value: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.execute(ORDER.format(value=value))


@pytest.mark.parametrize("rate", ["('infinity', 'EUR', 'USD', 1.1)", "('2026-03-01', 'EUR', 'USD', 'Infinity')"])
def test_a_rate_that_is_none_is_refused_by_the_database_itself(conn: Conn, rate: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(f"insert into raw.fx_rates values {rate}".encode())


@pytest.mark.parametrize(("role", "target"), [("predictor", PREDICTIONS), ("orders", ORDERS)])
def test_by_sql_one_may_tell_as_much_as_by_file(role: str, target: Any) -> None:
    inserts = ROLES[role].inserts
    assert inserts == ("raw", target.name, (*(column.name for column in target.columns), "metadata"))


def test_a_url_of_each_role_names_it(database: Database) -> None:
    assert [database.url(key).get_secret_value().split("//")[1].split(":")[0] for key in ROLES] == [
        "adtrack_reader",
        "adtrack_predictor",
        "adtrack_orders",
    ]

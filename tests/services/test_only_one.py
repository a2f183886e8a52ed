"""Exactly one daemon per database, and a port that is free."""

import socket

import psycopg
import pytest

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.only import only_one
from adtrack_pipeline.services.ports import demand_free, is_free
from adtrack_pipeline.warehouse import Database

ADDRESS = "http://127.0.0.1:3000"


def test_a_second_adtrack_up_hears_where_the_first_one_is(database: Database):
    with (
        only_one(database, ADDRESS),
        pytest.raises(ServiceError, match=f"already running on the database .* with its UI at {ADDRESS}"),
        only_one(database, "http://127.0.0.1:3001"),
    ):
        pass


def test_once_the_first_has_ended_the_next_may_start(database: Database):
    for _ in range(2):
        with only_one(database, ADDRESS) as right:
            assert right.still_held()


def test_after_a_lost_connection_the_right_is_taken_again(
    database: Database, conn: psycopg.Connection[tuple[object, ...]]
):
    with only_one(database, ADDRESS) as right:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'adtrack up%'"
        )
        assert not right.still_held()
        assert right.take_again(database)
        assert right.still_held()


def test_who_lost_the_right_to_another_does_not_go_on(
    database: Database, conn: psycopg.Connection[tuple[object, ...]]
):
    with only_one(database, ADDRESS) as right:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'adtrack up%'"
        )
        with only_one(database, "http://127.0.0.1:3001"), pytest.raises(ServiceError, match="already running"):
            right.take_again(database)


def test_a_port_in_use_is_one_sentence_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"Port {port} is in use.*--port or ADTRACK_UI_PORT"):
            demand_free(port)
    assert is_free(port)

"""What a complete build promises: every test green, every column described, readers let in."""

import psycopg
import pytest

from tests.dbt.conftest import Built, Warehouse
from tests.dbt.runner import Dbt


def test_a_complete_build_passes_every_data_test_and_unit_test(built: Built) -> None:
    assert built.outcome.success, "\n".join(built.outcome.errors)
    kinds = list(built.outcome.kinds.values())
    assert kinds.count("unit_test") >= 25
    assert kinds.count("test") >= 25
    assert set(built.outcome.statuses.values()) <= {"success", "pass", "no-op"}


def test_every_table_and_column_of_marts_has_a_comment_in_the_catalog(warehouse: Warehouse) -> None:
    silent = warehouse.rows(
        "select relname, attname from pg_class join pg_attribute on attrelid = pg_class.oid and attnum >= 0"
        " where relnamespace = 'marts'::regnamespace and relkind = 'r' and not attisdropped"
        " and coalesce(col_description(pg_class.oid, attnum), '') = ''"
        " union all select relname, null from pg_class"
        " where relnamespace = 'marts'::regnamespace and relkind = 'r' and coalesce(obj_description(oid), '') = ''"
    )
    assert silent == []
    assert len(warehouse.rows("select 1 from pg_tables where schemaname = 'marts'")) >= 12


def test_every_mart_has_a_primary_key_on_its_grain(warehouse: Warehouse) -> None:
    without = warehouse.rows(
        "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r'"
        " and not exists (select from pg_constraint where conrelid = pg_class.oid and contype = 'p')"
    )
    assert without == []


def test_the_reader_sees_marts_and_nothing_behind_them_even_after_a_rebuild(warehouse: Warehouse) -> None:
    outcome = warehouse.dbt(warehouse.database, "run", "--select", "ad_performance_daily", "--full-refresh")
    assert outcome.success, outcome.errors
    if warehouse.database.reader.password is None:
        pytest.skip("this server's user may not create roles")
    with psycopg.connect(warehouse.database.url("reader").get_secret_value(), autocommit=True) as reader:
        assert reader.execute("select count(*) from marts.ad_performance_daily").fetchone() == (12,)
        for hidden in ("staging.stg_meta__ads", "intermediate.int_ad_days", "raw.ads"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select 1 from {hidden}".encode())


def test_parsing_needs_no_database(dbt: Dbt, built: Built) -> None:
    nowhere = built.database.__class__(host="127.0.0.1", port=1, user="nobody", dbname="none")
    assert dbt(nowhere, "parse", "--no-partial-parse").success

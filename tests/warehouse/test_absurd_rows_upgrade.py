"""What was absurd before the database refused it is put into quarantine by the upgrade, and stops no hour."""

from pathlib import Path

from adtrack_pipeline.warehouse.migrate import migrate, read_migrations
from tests.postgres import PgServer

FIRST_THAT_REFUSES = "0018_sane_orders_and_rates"


def test_an_absurd_order_and_rate_of_before_are_kept_with_the_reason(pg_server: PgServer, tmp_path: Path) -> None:
    for one in read_migrations():
        if one.name < FIRST_THAT_REFUSES:
            (tmp_path / f"{one.name}.sql").write_text(one.sql)
    with (
        pg_server.fresh_database(template="template0") as database,
        database.connect(autocommit=True) as conn,
    ):
        migrate(conn, tmp_path)
        conn.execute(
            "insert into raw.offline_conversions (order_id, occurred_at, value, currency)"
            " values ('good', '2026-03-01', 1, 'EUR'), ('bad', '-infinity', 1, 'EUR')"
        )
        conn.execute("insert into raw.fx_rates values ('infinity', 'EUR', 'USD', 1.1)")
        migrate(conn)
        assert conn.execute("select order_id from raw.offline_conversions").fetchall() == [("good",)]
        assert conn.execute("select count(*) from raw.fx_rates").fetchone() == (0,)
        kept = conn.execute("select source, object_key, reason from raw.rejected_rows order by 1").fetchall()
    assert kept == [
        ("fx_rates", "EURUSD", "The day or the rate is none."),
        ("offline_conversions", "bad", "occurred_at is not between 2000 and 2100."),
    ]

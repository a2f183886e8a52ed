"""Rows that come packed are the rows that were packed, whatever is in them."""

from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from adtrack_pipeline.defs.copying import copy_packed

Conn = psycopg.Connection[Any]
HOSTILE = ("NULL", "", "a,b", 'say "no"', "line\nbreak", "=1+1", "caf\u00e9 \U0001f600", "\\N")
PACKED = {"hour": ">i4", "spend": ">f8"}
QUERY = sql.SQL(
    "select ad, string_agg(int4send(hour), ''), string_agg(float8send(spend), '')"
    " from unnest(%(ads)s::text[], %(hours)s::int[], %(spends)s::float8[]) as t (ad, hour, spend)"
    " group by ad order by min(hour)"
)


def test_every_row_comes_back_with_its_words_as_they_are(conn: Conn) -> None:
    ads = [ad for ad in HOSTILE for _ in range(3)]
    hours, spends = list(range(len(ads))), [0.1 * n for n in range(len(ads))]
    found = copy_packed(conn, QUERY, {"ads": ads, "hours": hours, "spends": spends}, words=("ad",), packed=PACKED)
    found = found.sort_values("hour")
    assert found["ad"].tolist() == ads
    assert found["hour"].tolist() == hours
    np.testing.assert_array_equal(found["spend"], spends)


def test_nothing_comes_back_as_no_rows_with_all_columns(conn: Conn) -> None:
    found = copy_packed(conn, QUERY, {"ads": [], "hours": [], "spends": []}, words=("ad",), packed=PACKED)
    assert (len(found), list(found)) == (0, ["ad", "hour", "spend"])

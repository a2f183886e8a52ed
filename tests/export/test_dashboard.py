"""The dashboard as code names only what the marts have."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from adtrack_pipeline.export.catalogue import marts
from adtrack_pipeline.warehouse import Database
from bi.superset.load import HIDDEN, packed

BUNDLE = Path(__file__).parents[2] / "bi" / "superset" / "bundle"
SQL_WORDS = set(
    re.findall(
        r"\w+",
        "select from join left using group by as max over partition and or where filter is not null sum count "
        "nullif coalesce array array_position",
    )
)


def held(folder: str) -> dict[str, Any]:
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted((BUNDLE / folder).rglob("*.yaml"))}


DATASETS, CHARTS = held("datasets"), held("charts")


def words(expression: str) -> set[str]:
    """Names in a piece of SQL: no keywords, no texts."""
    return set(re.findall(r"[a-z_][a-z_0-9.]*", re.sub(r"'[^']*'", "", expression))) - SQL_WORDS


@pytest.fixture(scope="session")
def known(manifest: Any) -> dict[str, set[str]]:
    return {one.table.label: {column.name for column in one.table.columns} for one in marts(manifest)}


def offered(dataset: dict[str, Any], known: dict[str, set[str]]) -> set[str]:
    """Columns that a dataset's query yields."""
    sql = dataset.get("sql")
    if not sql:
        return known[f"marts.{dataset['table_name']}"]
    tables = set(re.findall(r"marts\.\w+", sql))
    assert tables <= set(known), f"{dataset['table_name']} reads {tables - set(known)}"
    return set.union(*(known[name] for name in tables)) | set(re.findall(r" as (\w+)$", sql, re.MULTILINE))


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_names_columns_that_exist(name: str, known: dict[str, set[str]]):
    dataset = DATASETS[name]
    there = offered(dataset, known)
    own = {one["column_name"] for one in dataset["columns"] if one.get("expression")}
    used = {one["column_name"] for one in dataset["columns"]} - own
    used |= {dataset["main_dttm_col"], dataset["currency_code_column"]}
    for one in [*dataset["metrics"], *(column for column in dataset["columns"] if column.get("expression"))]:
        used |= words(one["expression"])
    for reference in re.findall(r"\b(?:fatigue|account|metrics|top)\.(\w+)", dataset.get("sql") or ""):
        used.add(reference)
    assert used - there == set()


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_names_columns_and_metrics_of_its_dataset(name: str):
    chart = CHARTS[name]
    (dataset,) = (one for one in DATASETS.values() if one["uuid"] == chart["dataset_uuid"])
    columns = {one["column_name"] for one in dataset["columns"]}
    metrics = {one["metric_name"] for one in dataset["metrics"]}
    params = chart["params"]
    asked = {params[key] for key in ("metric", "timeseries_limit_metric") if key in params}
    asked |= {one for key in ("metrics", "metrics_b") for one in params.get(key, [])}
    assert asked <= metrics
    used = {one for key in ("groupby", "groupby_b", "all_columns") for one in params.get(key, [])}
    used |= {json.loads(one)[0] for one in params.get("order_by_cols", [])} | ({params.get("x_axis")} - {None})
    for condition in [*params.get("adhoc_filters", []), *params.get("adhoc_filters_b", [])]:
        used |= (
            {condition["subject"]}
            if condition["expressionType"] == "SIMPLE"
            else words(condition["sqlExpression"])
        )
    assert used <= columns
    assert set(params.get("column_config", {})) <= columns | metrics


def test_the_dashboard_shows_every_chart_and_filters_by_what_exists():
    (dashboard,) = held("dashboards").values()
    parts = [one for one in dashboard["position"].values() if isinstance(one, dict)]
    shown = {one["meta"]["uuid"] for one in parts if "uuid" in one.get("meta", {})}
    assert shown == {chart["uuid"] for chart in CHARTS.values()}
    by_id = {one["uuid"]: {column["column_name"] for column in one["columns"]} for one in DATASETS.values()}
    for one in dashboard["metadata"]["native_filter_configuration"]:
        for target in filter(None, one["targets"]):
            assert target["column"]["name"] in by_id[target["datasetUuid"]]
    account = {one["table_name"] for one in DATASETS.values() if "account_name" in by_id[one["uuid"]]}
    assert account == set(DATASETS), "the filter by account must reach every chart: currencies are never added"


def test_the_bundle_that_is_sent_knows_the_address_and_no_password(database: Database):
    archive = zipfile.ZipFile(BytesIO(packed(database, "db.example.com", None, "assets")))
    texts = [archive.read(name).decode() for name in archive.namelist()]
    assert database.reader.password is not None
    assert not any(database.reader.password.get_secret_value() in text for text in texts)
    sent = yaml.safe_load(archive.read("adtrack/databases/adtrack.yaml"))["sqlalchemy_uri"]
    assert sent.startswith(f"postgresql+psycopg2://adtrack_reader:{HIDDEN}@db.example.com:{database.port}/")
    committed = (BUNDLE / "databases" / "adtrack.yaml").read_text()
    assert f":{HIDDEN}@localhost:5432/adtrack" in committed

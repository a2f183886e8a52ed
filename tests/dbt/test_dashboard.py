"""The dashboard's datasets, columns and metrics are answered by the built marts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dbt.conftest import Warehouse

FOLDER = Path(__file__).parents[2] / "bi" / "superset" / "bundle" / "datasets"
DATASETS: list[dict[str, Any]] = [yaml.safe_load(path.read_text()) for path in sorted(FOLDER.rglob("*.yaml"))]


@pytest.mark.parametrize("dataset", DATASETS, ids=[one["table_name"] for one in DATASETS])
def test_a_dataset_of_the_dashboard_can_be_asked(warehouse: Warehouse, dataset: dict[str, Any]):
    source = f"({dataset['sql']})" if dataset.get("sql") else f"marts.{dataset['table_name']}"
    columns = ", ".join(one.get("expression") or one["column_name"] for one in dataset["columns"])
    metrics = ", ".join(one["expression"] for one in dataset["metrics"])
    with warehouse.database.connect(role="reader") as conn:
        found = conn.execute(f"select {columns} from {source} as asked".encode()).fetchall()
        assert len(conn.execute(f"select {metrics} from {source} as asked".encode()).fetchall()) == 1
    if not dataset["table_name"].endswith("alerts"):
        assert found, "the small world has rows for it"

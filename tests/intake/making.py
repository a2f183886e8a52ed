"""Files as people hand them in, and what became of them."""

import csv
import io
from pathlib import Path
from typing import Any

PREDICTION = {
    "prediction_id": "p1",
    "level": "ad",
    "object_id": "120210000000001",
    "model_name": "m",
    "predicted_at": "2026-03-01T06:00:00Z",
    "window_start": "2026-03-01",
    "window_end": "2026-03-07",
    "predicted_ctr": "2.5",
}
ORDER = {
    "order_id": "o1",
    "occurred_at": "2026-03-03T14:30:00+01:00",
    "value": "59.90",
    "currency": "EUR",
    "campaign_id": "120210000000009",
}


def predictions(count: int = 2, **changed: object) -> list[dict[str, Any]]:
    """Predictions p1, p2, ... that differ in id and CTR."""
    return [
        PREDICTION | {"prediction_id": f"p{n}", "predicted_ctr": f"{2 + n / 10:.1f}"} | changed
        for n in range(1, count + 1)
    ]


def orders(count: int = 2, **changed: object) -> list[dict[str, Any]]:
    """Orders o1, o2, ..."""
    return [ORDER | {"order_id": f"o{n}"} | changed for n in range(1, count + 1)]


def csv_text(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    """Rows as CSV; their columns are those of all rows together."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=delimiter, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    """A file with this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def a_csv(folder: Path, rows: list[dict[str, Any]], name: str = "file.csv") -> Path:
    """A CSV file of rows."""
    return write(folder / name, csv_text(rows))

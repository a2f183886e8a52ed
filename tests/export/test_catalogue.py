"""The catalogue is what the dbt project says, and says something about every column."""

from pathlib import Path
from typing import Any

import pytest

from adtrack_pipeline.cli import main
from adtrack_pipeline.export.catalogue import catalogue, marts
from adtrack_pipeline.export.units import NUMBERS, grain_of, unit_of, without_grain

COMMITTED = Path(__file__).parents[2] / "docs" / "catalogue.md"


def test_the_committed_catalogue_is_what_the_project_says(manifest: dict[str, Any]):
    assert COMMITTED.read_text(encoding="utf-8") == catalogue(manifest), (
        "run adtrack catalogue --out docs/catalogue.md"
    )


def test_every_mart_says_its_grain_and_every_column_its_meaning(manifest: dict[str, Any]):
    for entry in marts(manifest):
        assert entry.table.grain, entry.table.label
        silent = [one.name for one in entry.table.columns if not one.description or not one.data_type]
        assert silent == [], entry.table.label


def test_every_number_has_a_unit_that_its_description_gives_away(manifest: dict[str, Any]):
    ids = {"alert_id", "suppressed_by"}
    without = [
        f"{entry.table.label}.{one.name}: {one.description}"
        for entry in marts(manifest)
        for one in entry.table.columns
        if one.data_type.startswith(NUMBERS) and not one.unit and one.name not in ids
    ]
    assert without == []


def test_the_command_writes_it(home: Path, manifest: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setenv("ADTRACK_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["adtrack", "catalogue", "--out", "catalogue.md"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert not caught.value.code
    assert Path("catalogue.md").read_text() == catalogue(manifest)
    assert "tables described in catalogue.md" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data_type", "description", "unit"),
    [
        ("spend", "numeric", "Money spent, in `currency`, major units.", "money, `currency`"),
        ("ctr", "numeric", "100 × clicks ÷ impressions, in percent points.", "percent"),
        ("roas", "numeric", "Return on ad spend: revenue ÷ spend, a plain ratio.", "ratio"),
        ("cpa", "numeric(12,2)", "spend ÷ conversions, in `currency`.", "money, `currency`"),
        ("clicks", "bigint", "Number of clicks.", "count"),
        ("unconverted_orders", "bigint", "Orders without a rate to `currency`.", "count"),
        ("spend_rank", "bigint", "Rank by spend within account.", "rank"),
        ("roas_percentage_error", "double precision", "100 x (predicted - actual) / predicted.", "percent"),
        ("spend_error", "double precision", "predicted_spend - actual_spend.", "money, `currency`"),
        ("ctr_events", "double precision", "How many events ctr was measured by.", "count"),
        ("lag_hours", "integer", "Hours to the end of the day.", "hours"),
        ("account_id", "text", "Number of the account.", ""),
        ("date_day", "date", "", "day"),
        ("fetched_at", "timestamp with time zone", "", "instant, UTC"),
    ],
)
def test_a_unit_is_read_from_name_type_and_description(name: str, data_type: str, description: str, unit: str):
    assert unit_of(name, data_type, description) == unit


@pytest.mark.parametrize(
    ("text", "grain", "rest"),
    [
        ("Grain: account, day. All of it.\nAnd more.", "account, day", "All of it. And more."),
        ("Grain: day\n  by account.", "day by account", ""),
        ("Says nothing of it.", "", "Says nothing of it."),
    ],
    ids=["with more", "over two lines", "without"],
)
def test_the_grain_is_the_first_sentence(text: str, grain: str, rest: str):
    assert (grain_of(text), without_grain(text)) == (grain, rest)

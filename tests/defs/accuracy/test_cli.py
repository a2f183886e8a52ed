"""`adtrack accuracy`, as a person types it."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from adtrack_pipeline import clock
from adtrack_pipeline.cli.app import app
from adtrack_pipeline.warehouse import Database
from tests.defs.accuracy.fleet import before, deliver, predict_days
from tests.defs.accuracy.test_models import HOUR, LAST
from tests.defs.accuracy.world import Shop, at

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `adtrack accuracy ...` after the hourly run."""
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    monkeypatch.setenv(clock.ENV, at(HOUR).isoformat())
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, ["accuracy", *arguments])


@pytest.fixture
def compared(shop: Shop) -> Shop:
    """Two models, one of them half as much too high, and a prediction of an unknown ad."""
    deliver(shop, before(LAST, 9), LAST, ads=8)
    predict_days(shop, before(LAST, 9), LAST, ads=8)
    predict_days(shop, before(LAST, 9), LAST, times=1.5, model="[red]eager[/red]", version="o", ads=8)
    shop.predict("lost", object_id="nobody")
    shop.run(HOUR)
    return shop


def test_each_model_and_metric_has_a_line_with_accuracy_and_ceiling(compared: Shop, run: Run) -> None:
    told = run()
    assert told.exit_code == 0, told.output
    [eager] = [line for line in told.stdout.splitlines() if "[red]eager[/red]" in line]
    assert "+50." in eager
    assert "not enough data" in eager
    assert "provisional 160, unmatched 1" in told.stdout


def test_of_a_model_with_several_versions_drift_is_told_of_all_together_as_well(compared: Shop, run: Run) -> None:
    assert "drift of all versions" not in run().stdout
    predict_days(compared, before(LAST, 9), LAST, version="2", ads=8)
    compared.run(HOUR)
    assert "drift of all versions of net, ctr: not enough data" in run().stdout
    told = json.loads(run("--json", "--model", "net").stdout)
    assert [(one["verdict"], one["recent_forecasts"]) for one in told["drift"]] == [("not_enough_data", 112)]


def test_one_model_can_be_asked_for(compared: Shop, run: Run) -> None:
    assert "eager" not in run("--model", "net").stdout


@pytest.mark.parametrize("days", [7, 3], ids=["days that are kept", "days that are not"])
def test_any_number_of_days_can_be_asked_for(compared: Shop, run: Run, days: int) -> None:
    told = json.loads(run("--days", str(days), "--json", "--model", "net").stdout)
    assert (told["days"], told["date_day"]) == (days, str(LAST))
    [model] = told["models"]
    assert (model["metric"], model["predictions"], model["verdict"]) == ("ctr", 8 * days, "not_enough_data")
    assert model["accuracy"] == pytest.approx(95, abs=3)


def test_an_unknown_model_is_a_mistake_that_names_the_known_ones(compared: Shop, run: Run) -> None:
    told = run("--model", "nets")
    assert told.exit_code == 2
    assert "No predictions of a model called nets. There are: [red]eager[/red], net." in told.output


def test_without_predictions_it_says_how_to_hand_them_in(shop: Shop, run: Run) -> None:
    told = run()
    assert told.exit_code == 0
    for way in ("adtrack predictions load", "inbox", "raw.predictions", "adtrack_predictor"):
        assert way in told.stdout


def test_a_program_gets_json_also_when_there_is_nothing(shop: Shop, run: Run) -> None:
    assert json.loads(run("--json").stdout) == {
        "date_day": None,
        "days": 30,
        "predictions": {},
        "models": [],
        "drift": [],
    }


def test_help_has_examples_and_names_the_other_command(run: Run) -> None:
    told = run("--help").stdout
    assert "adtrack accuracy --model roas-net --days 7 --json" in told
    assert "compare" in told


def test_predictions_that_no_run_has_seen_yet_wait_for_it(shop: Shop, run: Run) -> None:
    shop.predict()
    assert "1 predictions wait for the next hourly run" in run().stdout


def test_before_any_window_has_ended_the_states_are_told(shop: Shop, run: Run) -> None:
    shop.predict(window_start=LAST.replace(day=25), window_end=LAST.replace(day=26))
    shop.run(HOUR)
    assert run().stdout.splitlines() == [
        "No window has ended yet, or none of them could be compared.",
        "Predictions: pending 1",
    ]

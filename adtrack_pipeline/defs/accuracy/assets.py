"""The assets of predictions: what became of them, how good models are, whether they drift, which version is best.

Belongs here: the op and its checks' names. Does not belong here: the work (`running.py`), what the run page shows
(`telling.py`), what the checks look at (`checking.py`).
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.accuracy.checking import CHECKS, check_results
from adtrack_pipeline.defs.accuracy.object_queries import MARTS
from adtrack_pipeline.defs.accuracy.running import run_accuracy
from adtrack_pipeline.defs.accuracy.telling import told
from adtrack_pipeline.defs.ingestion.tables import HOURLY, table_spec
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.settings import Settings

COMPARISONS = dg.AssetKey(["ops", "prediction_comparisons"])
TABLES: Mapping[str, str] = {
    "prediction_comparisons": """What became of each prediction, every version of it.

Once the predicted window of an object began 24 hours ago (`ADTRACK_ACCURACY_MIN_AGE_HOURS`, counted from the
first midnight of the window in the account's time zone) it is compared, provisionally with nowcasts, and followed
until the platform no longer restates its days; afterwards whenever they were restated after all. A prediction
whose window began more than 30 days (`ADTRACK_ACCURACY_MAX_AGE_DAYS`) before it was handed in is not compared.
`marts.prediction_comparisons` shows the newest version.""",
    "prediction_accuracy": """How good each model is over the windows that ended in the last 1, 7 and 30 days.

Beside it what a perfect model would reach on this volume, and what "the same as the last 7 days" does.""",
    "model_drift": """Whether a model's errors are still what they were, once a day.

A change that matters, and is certain on two days running, opens the alert `model_drift` and is told as the event
`model.retrain_recommended`.""",
    "model_ranking": """Champion and challengers: versions of a model on the same objects and windows.""",
}


def build_accuracy(settings: Settings) -> dg.AssetsDefinition:
    """The asset definition behind the four tables."""

    @dg.multi_asset(
        name="accuracy",
        specs=[_spec(settings, table) for table in TABLES],
        check_specs=[
            dg.AssetCheckSpec(name, asset=COMPARISONS, description=about) for name, about in CHECKS.items()
        ],
        pool=names.WRITE_POOL,
        op_tags={"dagster/priority": "1"},  # alerts about accounts do not depend on it, and come after it
    )
    def accuracy(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        pipeline.keep_alive(context.run.run_id)
        now = clock.now()
        with pipeline.connect() as conn:
            ran = run_accuracy(conn, pipeline.settings, now, context.run.run_id)
            metadata = told(conn, ran)
            for table in TABLES:
                yield dg.MaterializeResult(asset_key=["ops", table], metadata=metadata.get(table, {}))
            for name, problem in check_results(conn, now).items():
                yield dg.AssetCheckResult(
                    passed=problem is None,
                    check_name=name,
                    asset_key=COMPARISONS,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=problem,
                )

    return accuracy


def _spec(settings: Settings, table: str) -> dg.AssetSpec:
    below = (
        [names.raw_key("predictions"), *(dg.AssetKey(mart.split(".")) for mart in MARTS)]
        if table == COMPARISONS.path[-1]
        else [COMPARISONS]
    )
    return table_spec(settings, f"ops.{table}").replace_attributes(
        deps=below,
        group_name=names.ACCURACY,
        description=names.marked(settings, TABLES[table]),
        kinds=names.kinds(settings, "python"),
        freshness_policy=HOURLY,
    )

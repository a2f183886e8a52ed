"""The command line itself: which commands there are."""

import typer

from adtrack_pipeline.cli import (
    accuracy,
    accuracy_compare,
    alerts,
    backfill,
    catalogue,
    detect,
    doctor,
    export,
    fx,
    notify,
    orders,
    policies,
    predictions,
    report,
    run,
    sandbox,
    sql,
    status,
    stop,
    up,
)
from adtrack_pipeline.cli.errors import one_sentence

app = typer.Typer(
    name="adtrack",
    help="The truth about the money you spend on Meta ads, every hour.\n\n"
    "Try it without an ad account: [bold]adtrack up[/bold]. Everything is configured by environment variables "
    "or a .env file; .env.example lists them all.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("up")(up.up)
app.command("run")(run.run)
app.command("backfill")(backfill.backfill)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("detect")(detect.detect)
app.command("report")(report.report)
app.command("catalogue")(catalogue.catalogue)
app.command("export")(export.export)
app.command("sql")(sql.sql)
app.command("stop")(stop.stop)
app.add_typer(notify.app, name="notify")
app.add_typer(alerts.app, name="alerts")
app.add_typer(policies.app, name="policies")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(predictions.app, name="predictions")
app.add_typer(orders.app, name="orders")
app.add_typer(fx.app, name="fx")
app.add_typer(accuracy.app, name="accuracy")
accuracy.app.command("compare")(accuracy_compare.compare)


def main() -> None:
    """Entry point of the `adtrack` script."""
    with one_sentence():
        app()

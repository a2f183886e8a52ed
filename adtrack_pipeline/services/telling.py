"""What `adtrack up` says on stdout: one line at a time, at once."""

import sys

from adtrack_pipeline.services.plan import Plan
from adtrack_pipeline.warehouse import Database


def tell(sentence: str) -> None:
    """One line."""
    print(sentence, file=sys.stdout, flush=True)


def announce(database: Database, plan: Plan) -> None:
    """Where everything is, once it answers."""
    tell(f"UI         {plan.ui_url}")
    tell(
        f"BI tools   host {database.host}, port {database.port}, database {database.dbname}, "
        f"user {database.reader.user}, schema marts"
    )
    tell("           the URL with its password: adtrack sql --url --role reader")
    tell(f"Logs       {plan.logs}")
    tell("Ctrl-C stops everything; the data stays.")

"""What to tell dbt: a pure function of what the run is for."""

import json

import dagster as dg
from pydantic import Field

DAILY_TAG = "daily"
DAILY_TESTED_DAYS = 35  # once a day the data tests look at the whole restatement window and a week beyond


class TransformConfig(dg.Config):
    """Config of the op `transform`."""

    daily: bool = Field(
        default=False,
        description="Recompute the whole restatement window, so that nowcasts use the newest maturity curve.",
    )
    full_refresh: bool = Field(
        default=False, description="Rebuild incremental tables from raw, from the beginning."
    )


def dbt_arguments(config: TransformConfig) -> list[str]:
    """Arguments of one `dbt build`; which models, the run's selection says.

    Variables are passed only where they matter: dbt parses the whole project again for each new set of them.
    """
    arguments = ["build"]
    if config.daily:
        arguments += ["--vars", json.dumps({"refresh_window": True})]
    if config.full_refresh:
        arguments.append("--full-refresh")
    return arguments

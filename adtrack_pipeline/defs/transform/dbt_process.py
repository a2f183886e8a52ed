"""dbt as a child that ends with the run that started it: a killed run must not leave a build writing marts.

Run as a module, with dbt's own arguments. Imports no Dagster.
"""

import os

from adtrack_pipeline.services.mortal import die_with_parent


def main() -> None:
    """Tie this process to its parent, then be dbt."""
    die_with_parent(os.getppid())
    from dbt.cli.main import cli  # noqa: PLC0415 - takes two seconds; the tie comes first

    cli()


if __name__ == "__main__":
    main()

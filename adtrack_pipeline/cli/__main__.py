"""`python -m adtrack_pipeline.cli`: the same as the `adtrack` script."""

from adtrack_pipeline.cli.app import main

main()

"""Dagster's UI with one room more: the daily reports under /reports.

    python -m adtrack_pipeline.webserver -h 0.0.0.0 -w workspace.yaml

takes the arguments of `dagster-webserver`. Belongs here: routes beside Dagster's own. Does not belong here: what
the pages say (`reporting/`), which processes run (`services/`).
"""

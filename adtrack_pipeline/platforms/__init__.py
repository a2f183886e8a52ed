"""Talking to ad platforms over HTTP. Knows no database and no Dagster."""

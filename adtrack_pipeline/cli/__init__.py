"""`adtrack ...`: parses, calls, prints. Whatever decides something lives in the rooms behind it."""

from adtrack_pipeline.cli.app import main

__all__ = ["main"]

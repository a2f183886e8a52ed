"""`adtrack catalogue`: every table BI may read, with grain, columns and units. Thin: parses, calls, writes."""

import json
from pathlib import Path
from typing import Annotated

import typer

from adtrack_pipeline.defs.transform.project import ready_manifest
from adtrack_pipeline.export.catalogue import catalogue as written
from adtrack_pipeline.settings import load_settings


def catalogue(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of stdout.")] = None,
) -> None:
    """Describe every mart from the dbt project: what it is, one row per what, columns with type and unit.

    [bold]adtrack catalogue | less[/bold]

    [bold]adtrack catalogue --out docs/catalogue.md[/bold]   after a change of the marts

    Needs no database.
    """
    manifest = json.loads(ready_manifest(load_settings()).read_text(encoding="utf-8"))
    text = written(manifest)
    if out is None:
        print(text, end="")
        return
    out.write_text(text, encoding="utf-8")
    print(f"{text.count(chr(10) + '## ')} tables described in {out}.")

"""Example files for newcomers: what models might have predicted and shops sold in the simulated world.

Deterministic from (seed, now). The world knows its truth, also that of the coming days. Belongs here: what the
files hold. Does not belong here: loading them; the product does not know where they come from.
"""

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from adtrack_pipeline.sandbox.examples.orders import orders_of
from adtrack_pipeline.sandbox.examples.predictions import MODEL, VERSIONS, predictions_of
from adtrack_pipeline.sandbox.examples.truth import Truth
from adtrack_pipeline.sandbox.options import SandboxError, SandboxOptions
from adtrack_pipeline.sandbox.worlds import build_world

Rows = Sequence[Mapping[str, Any]]


def write_examples(options: SandboxOptions, folder: Path, now: datetime) -> list[Path]:
    """Write files into `folder/predictions` and `folder/orders`; each is there whole or not at all.

    Raises:
        SandboxError: a recorded world, which has no truth to err from, or a folder that cannot be written.
    """
    if options.replay is not None:
        raise SandboxError("Examples are made from the simulated world only: leave --replay out.")
    world, today = build_world(options), now.astimezone(UTC).date()
    truths = [Truth(world, str(account), now) for account in world.accounts(now).column("account_id") or ()]
    seed = [options.seed, today.toordinal()]
    files: dict[str, Rows] = {
        f"predictions/SANDBOX_{MODEL}_v{version.name}.csv": [
            row for truth in truths for row in predictions_of(truth, version, today, seed)
        ]
        for version in VERSIONS
    }
    chance = np.random.default_rng(seed)
    files["orders/SANDBOX_orders.csv"] = [row for truth in truths for row in orders_of(truth, today, now, chance)]
    return [_write(folder / name, rows) for name, rows in files.items() if rows]


def _write(path: Path, rows: Rows) -> Path:
    draft = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), restval="")
            writer.writeheader()
            writer.writerows(rows)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise SandboxError(f"The examples cannot be written to {path.parent}: {error.strerror}.") from None
    return path

"""Worlds by name and seed: panel, plan, labels, decoys.

Belongs here: putting the parts together. Does not belong here: parameters (`recipes`) or mechanics (the other
modules).
"""

import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from benchmarks.detection.base import ACTIVE, quiet_state
from benchmarks.detection.incidents import add_incidents
from benchmarks.detection.labels import DECOY_COLUMNS, LABEL_COLUMNS, World
from benchmarks.detection.recipes import RECIPES, Recipe, drawn
from benchmarks.detection.sampling import panel_of, plan_of
from benchmarks.detection.tricky import add_single, add_whole_account, note_edges

NAMES: tuple[str, ...] = tuple(RECIPES)


def build(name: str, seed: int = 0, *, held_out: bool = False, recipe: Recipe | None = None) -> World:
    """The world `name` with this seed; the same arguments give the same world.

    `held_out` draws parameters from outside the ranges used in development and other random numbers. `recipe`
    replaces the recipe of that name (other sizes for timing).
    """
    used = recipe or RECIPES[name]
    parameters, base, account, decoys, events, counts = (
        np.random.default_rng(child)
        for child in np.random.SeedSequence([seed, zlib.crc32(name.encode()), int(held_out)]).spawn(6)
    )
    state = quiet_state(used, drawn(used, parameters, held_out=held_out), base)
    add_incidents(state, account, sort="slow")
    add_incidents(state, account, sort="account")
    add_whole_account(state, decoys)
    add_single(state, decoys)
    add_incidents(state, events, sort="single")
    note_edges(state)
    panel, orders = panel_of(state, counts)
    return World(
        name=name,
        seed=seed,
        panel=panel,
        plan=plan_of(state),
        labels=pd.DataFrame(state.labels, columns=LABEL_COLUMNS),
        decoys=pd.DataFrame(state.decoys, columns=DECOY_COLUMNS),
        ads=state.ads[["account_id", "campaign_id", "ad_id"]].copy(),
        ad_days=float((state.status == ACTIVE).sum()) / 24,
        orders=orders,
    )


def build_all(
    names: Iterable[str] = NAMES, seeds: Iterable[int] = (0,), *, held_out: bool = False
) -> Iterator[World]:
    """Every named world with every seed, one at a time."""
    for seed in seeds:
        for name in names:
            yield build(name, seed, held_out=held_out)

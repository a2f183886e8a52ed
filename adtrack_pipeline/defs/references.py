"""Links from assets to the code behind them."""

import warnings
from collections.abc import Sequence

import dagster as dg
from dagster._utils.warnings import BetaWarning


def with_code(*assets: dg.AssetsDefinition) -> Sequence[dg.AssetsDefinition]:
    """The same assets with file and line in their metadata, without a page of advice on beta features."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BetaWarning)
        linked = dg.with_source_code_references(list(assets))
    return [one for one in linked if isinstance(one, dg.AssetsDefinition)]

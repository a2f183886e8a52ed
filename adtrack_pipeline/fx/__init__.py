"""Exchange rates as the European Central Bank publishes them, into `raw.fx_rates`.

Belongs here: the bank's files and address, the rates that follow from them, writing them. Does not belong here:
which rate holds on a day (dbt's `rate_between`), and files of predictions or orders (intake/).
"""

from adtrack_pipeline.fx.download import FxError, downloaded
from adtrack_pipeline.fx.loading import FX_RATES, STALE_DAYS, RatesOptions, load_rates, wanted_rates

__all__ = ["FX_RATES", "STALE_DAYS", "FxError", "RatesOptions", "downloaded", "load_rates", "wanted_rates"]

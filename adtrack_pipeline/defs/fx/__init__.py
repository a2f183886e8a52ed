"""The asset `raw/fx_rates`, when ADTRACK_ECB is on: the ECB's rates, once a day."""

"""Holding frames against rules: one module per section of the file. Pure; the clock is an argument."""

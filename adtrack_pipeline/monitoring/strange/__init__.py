"""How far hours are from the usual, in standard deviations that deserve the name.

Belongs here: rules, windows, over-dispersion, scores. Does not belong here: what becomes an incident (`found/`).
"""

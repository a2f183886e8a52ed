"""An independent yardstick for the detection of incidents: simulated accounts with labels, scoring, rival rules.

Belongs here: what judges a detector from outside. Does not belong here: the product's
detector or anything tuned to it.
"""

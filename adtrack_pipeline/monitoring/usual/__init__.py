"""What was to be expected of every ad and hour, from its own past and its account's.

Belongs here: shapes of the week, rates, delivery, budgets that are used up, hours that teach nothing. Does not
belong here: how far from it is too far (`strange/`).
"""

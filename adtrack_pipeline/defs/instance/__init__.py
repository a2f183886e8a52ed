"""Dagster's own instance: where it lives, how it is opened, what a crash left in it.

Belongs here: DAGSTER_HOME, the storage class, opening and closing. Does not belong here: definitions.
"""

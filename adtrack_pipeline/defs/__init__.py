"""Everything Dagster sees: assets, checks, jobs, schedules, resources, and the instance they run on.

Belongs here: thin glue that reads through a resource, calls a room, and reports metadata. Does not belong here:
HTTP, SQL that changes data, arithmetic on metrics. Only this package and `definitions.py` import dagster.
"""

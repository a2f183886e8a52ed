"""What Dagster does not tell anybody by itself: failed runs and checks, dead sensors and schedules, stuck runs.

`facts.py` reads the instance, `judging.py` says what holds now. Does not belong here: alerts' lives
(`notify/alerts`).
"""

"""From what holds now to what people and programs are told: alerts with a life, the outbox, events, channels.

Belongs here: `alerts/` (which conditions become which alerts, and which of them are told), `outbox.py` and
`events/` (what is told, written in the transaction of its cause), `chart.py` (the evidence as a picture).
Does not belong here: judging numbers (`monitoring/`), and anything of Dagster.
"""

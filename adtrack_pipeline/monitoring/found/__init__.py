"""Incidents: one per object however long it lasts, at the level that explains it, with its cause and its money.

Belongs here: from verdicts to rows. Does not belong here: verdicts (`strange/`), messages (`../findings.py`).
"""

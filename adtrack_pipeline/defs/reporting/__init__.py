"""The daily report in the warehouse: reading what it needs, keeping it, and the event that sends it.

Does not belong here: what a report says and how it looks (`reporting/`), how messages travel (`notify/`).
"""

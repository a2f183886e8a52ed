"""Who is told what, and when: by severity, account, alert type, quiet hours, digests.

Belongs here: the model of the `routing:` section, pure decisions, grouping many messages into few. Does not belong
here: how messages look or travel (`channels/`), reading events (`delivery/`).
"""

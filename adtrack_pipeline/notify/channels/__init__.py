"""Where messages go: one module per kind of channel, behind the protocol in `base.py`.

Belongs here: how a message looks and travels to one receiver, the model of the `channels:` section. Does not
belong here: order, retries, marks (`delivery/`), who gets what (`routing/`).
"""

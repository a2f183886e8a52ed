"""From the outbox to the channels: in order per stream, at least once, each channel on its own.

Belongs here: reading, sending, marking, retrying. Does not belong here: what a message looks like (`channels/`),
who gets which (`routing/`), writing events (`notify/alerts`, `notify/events`).
"""

from adtrack_pipeline.notify.delivery.dispatcher import deliver
from adtrack_pipeline.notify.delivery.lane import Lane, Wanted
from adtrack_pipeline.notify.delivery.lanes import build_lanes
from adtrack_pipeline.notify.delivery.listening import Relay
from adtrack_pipeline.notify.delivery.status import read_status, register, restart
from adtrack_pipeline.notify.delivery.worker import Drained

__all__ = ["Drained", "Lane", "Relay", "Wanted", "build_lanes", "deliver", "read_status", "register", "restart"]

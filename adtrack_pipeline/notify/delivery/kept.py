"""Sending what left its stream's order: held until a time, or to be sent again because somebody asked.

Does not belong here: deciding what is held (`people.py`, `notify/routing/`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adtrack_pipeline.notify.channels.errors import RefusedError
from adtrack_pipeline.notify.delivery.lane import Lane
from adtrack_pipeline.notify.delivery.ledger import Ledger
from adtrack_pipeline.notify.delivery.outbox import Kept, read_due
from adtrack_pipeline.notify.delivery.schedule import retry_delay
from adtrack_pipeline.notify.delivery.sending import Sends
from adtrack_pipeline.notify.delivery.tally import Tally
from adtrack_pipeline.notify.routing.grouping import latest_per_alert


async def send_kept(lane: Lane, ledger: Ledger, tally: Tally, now: datetime) -> None:
    """Send what is due. People get it grouped, with only the newest word about each alert."""
    due = await read_due(ledger.conn, lane, now=now)
    if not due:
        return
    messages = [kept.message for kept in due]
    told = latest_per_alert(messages) if lane.channel.for_people else {one: [] for one in messages}
    sends = Sends(lane.channel, tally)
    if lane.channel.for_people:
        await sends.groups(list(told))
        if tally.arrived:
            await ledger.count_message(now)
    else:
        for message in messages:
            if not tally.is_stopped:
                await sends.one(message)
    for message, older in told.items():
        if message.event_id in tally.arrived:
            tally.settle(older)
    await _write_down(ledger, due, tally, now)


async def _write_down(ledger: Ledger, due: Sequence[Kept], tally: Tally, now: datetime) -> None:
    gone = [kept.message.event_id for kept in due if tally.is_dealt_with(kept.message)]
    await ledger.release(gone)
    _, count = tally.take_unwritten()
    if count:
        await ledger.arrived({}, count=count, now=now, seen="0")
    refused = {message.event_id: error for message, error in tally.refusals.values()}
    for kept in due:
        if error := refused.get(kept.message.event_id):
            await _again(ledger, kept, error, now)


async def _again(ledger: Ledger, kept: Kept, error: RefusedError, now: datetime) -> None:
    attempts = kept.attempts + 1
    delay = None if error.permanent else retry_delay(attempts)
    await ledger.keep(
        [kept.message.event_id],
        "dead" if delay is None else kept.state,
        due_at=None if delay is None else now + timedelta(seconds=delay),
        reason=str(error),
        attempts=attempts,
    )

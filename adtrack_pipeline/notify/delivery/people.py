"""Channels to people: what is sent now, what is held, and how a storm becomes one message.

Does not belong here: the rules (`notify/routing/`), how a message looks (the channel).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.delivery.lane import Lane
from adtrack_pipeline.notify.delivery.ledger import ChannelState, Ledger
from adtrack_pipeline.notify.delivery.outbox import Batch
from adtrack_pipeline.notify.delivery.sending import Sends
from adtrack_pipeline.notify.delivery.tally import Tally
from adtrack_pipeline.notify.routing.decision import Action, Decision
from adtrack_pipeline.notify.routing.grouping import latest_per_alert

BURST = 12  # messages an hour on one channel; beyond that they are collected
COLLECT_MINUTES = 10
HOUR = timedelta(hours=1)


async def send_to_people(
    lane: Lane, ledger: Ledger, state: ChannelState, batch: Batch, tally: Tally, now: datetime
) -> None:
    """Route every message of the batch, send what is to be sent now, grouped, and put aside what is held."""
    to_send: list[Message] = []
    held: dict[str, Decision] = {}
    for message in _in_order(batch):
        decision = _brake(lane.decide(message, now), message, state, now)
        if decision.action is Action.SEND:
            to_send.append(message)
        elif decision.action is Action.HOLD and decision.until:
            held[message.event_id] = decision
        else:
            tally.settle([message])
    if to_send:
        await _send(lane, ledger, state, to_send, tally, now)
    await _hold(ledger, batch, held, tally)


async def _hold(ledger: Ledger, batch: Batch, held: Mapping[str, Decision], tally: Tally) -> None:
    """Put aside what is held, up to the first message of each stream that did not arrive.

    The mark of the stream must move past it: as long as any transaction of the cluster stays open the outbox is
    read again, and what was held would be sent a second time after its release.
    """
    groups: dict[tuple[datetime | None, str], list[Message]] = {}
    for messages in batch.streams.values():
        for message in messages:
            if decision := held.get(message.event_id):
                groups.setdefault((decision.until, decision.why), []).append(message)
            elif not tally.is_dealt_with(message):
                break
    for (until, why), messages in groups.items():
        await ledger.keep([one.event_id for one in messages], "held", due_at=until, reason=why)
        tally.put_aside(messages)


async def _send(
    lane: Lane, ledger: Ledger, state: ChannelState, messages: list[Message], tally: Tally, now: datetime
) -> None:
    told = latest_per_alert(messages)
    await Sends(lane.channel, tally).groups(list(told))
    for message, older in told.items():
        if message.event_id in tally.arrived:
            tally.settle(older)
    if tally.arrived:
        await ledger.count_message(now)
        _count(state, now)


def _brake(decision: Decision, message: Message, state: ChannelState, now: datetime) -> Decision:
    """After many messages within an hour the next ones are collected; what is critical still leaves at once.

    So do reports, of which there is one a day.
    """
    is_storm = (
        state.burst_started_at is not None
        and now - state.burst_started_at < HOUR
        and state.burst_messages >= BURST
    )
    passes = message.severity is Severity.CRITICAL or message.is_report
    if decision.action is not Action.SEND or not is_storm or passes:
        return decision
    return Decision(Action.HOLD, _next_collection(now), f"more than {BURST} messages this hour: collected")


def _next_collection(now: datetime) -> datetime:
    start = now.replace(minute=now.minute - now.minute % COLLECT_MINUTES, second=0, microsecond=0)
    return start + timedelta(minutes=COLLECT_MINUTES)


def _count(state: ChannelState, now: datetime) -> None:
    """The same as `Ledger.count_message`, for the state at hand."""
    if state.burst_started_at is None or now - state.burst_started_at >= HOUR:
        state.burst_started_at, state.burst_messages = now, 0
    state.burst_messages += 1


def _in_order(batch: Batch) -> list[Message]:
    """All messages by position; within a stream by number, which is never the other way round."""
    messages = [one for stream in batch.streams.values() for one in stream]
    return sorted(messages, key=lambda one: (one.event["position"], one.seq))

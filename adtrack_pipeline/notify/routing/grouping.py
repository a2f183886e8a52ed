"""Many messages told as few. Pure: messages in, messages out."""

from collections.abc import Sequence

from adtrack_pipeline.notify.channels.message import Message


def latest_per_alert(messages: Sequence[Message]) -> dict[Message, list[Message]]:
    """Per alert the newest message, with the older ones it stands for, in the order of the newest.

    An alert that opened, worsened and ended within one batch is told once. Messages that are about no alert stand
    for themselves.
    """
    newest: dict[object, Message] = {}
    older: dict[object, list[Message]] = {}
    for message in messages:
        alert_id = message.event["alert_id"]
        key = message.event_id if alert_id is None else alert_id
        if (former := newest.pop(key, None)) is not None:
            older.setdefault(key, []).append(former)
        newest[key] = message
    return {message: older.get(key, []) for key, message in newest.items()}

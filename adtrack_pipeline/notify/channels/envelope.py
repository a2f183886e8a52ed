"""How events look to machines: CloudEvents 1.0, as one JSON document or as headers beside the data."""

import json
import re
from typing import Any
from urllib.parse import quote

from adtrack_pipeline.notify.channels.message import SANDBOX, Message
from adtrack_pipeline.notify.events import to_cloudevent


def cloudevent(message: Message) -> dict[str, Any]:
    """The event with its attributes; simulated data is marked by an attribute of its own."""
    event = dict(to_cloudevent(message.event))
    if message.is_sandbox:
        event["environment"] = SANDBOX
    return event


def json_body(message: Message) -> bytes:
    """One JSON document: a CloudEvent in structured mode, with the `timestamp` that Standard Webhooks asks for."""
    event = cloudevent(message)
    return json.dumps({**event, "timestamp": event["time"]}, ensure_ascii=False, separators=(",", ":")).encode()


def binary(message: Message) -> tuple[dict[str, str], bytes]:
    """Headers and body as the NATS binding of CloudEvents says: attributes percent-encoded in `ce-` headers."""
    event = cloudevent(message)
    data = event.pop("data")
    content_type = event.pop("datacontenttype", "application/json")
    headers = {f"ce-{name}": _encoded(str(value)) for name, value in event.items()}
    headers["Content-Type"] = str(content_type)
    return headers, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _encoded(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, safe=_SAFE)


_PLAIN = re.compile(r"[!#$&-~]*")  # printable ASCII without blank, quote and percent sign
_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')

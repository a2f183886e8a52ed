"""Every other service, by the URL that Apprise gives it: https://github.com/caronc/apprise/wiki.

One URL is one channel, so that a service that is down is not made up for by messages twice elsewhere.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError
from adtrack_pipeline.notify.channels.fence import fence
from adtrack_pipeline.notify.channels.mail.charts import Chart, chart_of
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.plain import plain_text
from adtrack_pipeline.notify.channels.report_words import first_line
from adtrack_pipeline.notify.channels.summary import summarise

SECONDS = 30.0
KINDS = {Severity.LOW: "info", Severity.MEDIUM: "warning", Severity.HIGH: "warning", Severity.CRITICAL: "failure"}


class AppriseChannel:
    """One service by its Apprise URL, which is a secret."""

    kind = "apprise"
    for_people = True
    in_flight = 1
    batch = 2_000

    def __init__(self, name: str, url: SecretStr, *, allow_private: bool = False) -> None:
        # Importing it takes half a second, and only who uses it should pay for that.
        import apprise  # noqa: PLC0415

        # Its log repeats addresses with their tokens.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self.name = name
        self._parts = urlsplit(url.get_secret_value())
        self._allow_private = allow_private
        self._notify: Any = apprise.Apprise()
        if not self._notify.add(url.get_secret_value()):
            raise ChannelError(f"Channel {name}: url is not one that Apprise knows; its wiki lists them.")

    async def send(self, messages: Sequence[Message]) -> None:
        """One message about all of them."""
        summary = summarise(messages)
        worst = max((Severity(one) for one in summary.by_severity), key=lambda one: one.rank)
        kind = "success" if summary.resolved == summary.total else KINDS[worst]
        sending = asyncio.to_thread(self._send, first_line(summary), plain_text(summary), kind, messages)
        try:
            arrived = await asyncio.wait_for(sending, SECONDS)
        except TimeoutError as error:
            raise RefusedError(f"The service took longer than {SECONDS:.0f} s.") from error
        if not arrived:
            raise RefusedError(f"{self._parts.scheme}:// did not take the message (Apprise gives no reason).")

    def _send(self, title: str, body: str, kind: str, messages: Sequence[Message]) -> bool:
        """With the evidence of a single alert as a picture, where the service shows one.

        Apprise opens its connections itself, and follows redirects.
        """
        chart = chart_of(messages[0]) if len(messages) == 1 and self._shows_pictures else None
        attached = [_attachment(chart)] if chart else None
        with nullcontext() if self._allow_private else fence():
            return bool(
                self._notify.notify(body=body, title=title, notify_type=kind, body_format="text", attach=attached)
            )

    @property
    def _shows_pictures(self) -> bool:
        return all(service.attachment_support for service in self._notify)

    async def close(self) -> None:
        """Nothing is kept open."""


def _attachment(chart: Chart) -> Any:
    from apprise.attachment.memory import AttachMemory  # noqa: PLC0415 - as above

    make: Any = AttachMemory  # it has no types
    return make(content=chart.png, name="evidence.png", mimetype="image/png")

"""Slack's incoming webhooks (and what imitates them): one Block Kit message for all alerts of a batch.

https://api.slack.com/reference/block-kit/blocks has the limits. Text of others is escaped as Slack asks, so that
no name can mention a channel, hide a link or change the type face.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import GoneError, RefusedError
from adtrack_pipeline.notify.channels.guard import Resolve, resolve
from adtrack_pipeline.notify.channels.http import Poster, checked_url, raise_for
from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.report_words import report_title
from adtrack_pipeline.notify.channels.slack_report import report_blocks
from adtrack_pipeline.notify.channels.summary import Summary, summarise
from adtrack_pipeline.notify.channels.words import (
    MARKS,
    counts,
    facts,
    headline,
    kind_of,
    object_name,
    one_line,
    sandbox_mark,
    state,
)

TIMEOUT_SECONDS = 15.0
SECONDS_BETWEEN = 1.0
MAX_BLOCKS = 50
MAX_HEADER = 150
MAX_SECTION = 3_000
MAX_SENTENCE = 500  # ten alerts of this length stay below the limit on a whole message, about 13,000 characters
MAX_NAME = 120

_TYPE_FACE = str.maketrans({mark: f"\u200b{mark}\u200b" for mark in "*_~`"})


class SlackChannel:
    """One incoming webhook; its URL is a secret."""

    kind = "slack"
    for_people = True
    in_flight = 1
    batch = 2_000

    def __init__(
        self, name: str, url: SecretStr, *, allow_private: bool = False, resolver: Resolve = resolve
    ) -> None:
        self.name = name
        self._url = checked_url(url.get_secret_value(), channel=name, key="url")
        self._host = urlsplit(self._url).hostname or ""
        self._poster = Poster(
            timeout=TIMEOUT_SECONDS, allow_private=allow_private, connections=1, resolver=resolver
        )
        self._sent_at = float("-inf")

    async def send(self, messages: Sequence[Message]) -> None:
        """Post one message about all of them, at most one a second."""
        await asyncio.sleep(max(0.0, self._sent_at + SECONDS_BETWEEN - time.monotonic()))
        self._sent_at = time.monotonic()
        body = json.dumps(document_of(messages), ensure_ascii=False).encode()
        answer = await self._poster.post(self._url, body, {"Content-Type": "application/json"})
        if answer.status in {403, 404}:
            raise GoneError(
                f"{self._host} answered {answer.status}: this webhook was removed or switched off in Slack."
            )
        if answer.status == 400:
            raise RefusedError(f"{self._host} answered 400: it cannot show this message.", permanent=True)
        raise_for(answer, self._host)

    async def close(self) -> None:
        """Close idle connections."""
        await self._poster.close()


def document_of(messages: Sequence[Message]) -> dict[str, Any]:
    """The JSON of one message: about a report, which comes alone, or about alerts."""
    if len(messages) == 1 and messages[0].is_report:
        first, blocks = report_title(messages[0]), report_blocks(messages[0], escape)
        return {"text": escape(first), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
    return document(summarise(messages))


def document(summary: Summary) -> dict[str, Any]:
    """The JSON of one message."""
    first = headline(summary)
    blocks: list[dict[str, Any]] = []
    if summary.total > 1:
        blocks.append(
            {"type": "header", "text": {"type": "plain_text", "text": first[:MAX_HEADER], "emoji": False}}
        )
    for line in counts(summary):
        blocks.append(_section(escape(line)))
    for message in summary.shown:
        blocks += _alert(message)
    return {
        "text": escape(first),
        "blocks": blocks[:MAX_BLOCKS],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escape(text: str) -> str:
    """Text of others for mrkdwn: `&<>` as Slack documents, type-face marks parted from what they would change."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.translate(_TYPE_FACE)


def escape_url(url: str) -> str:
    """An address of ours within `<address|label>`."""
    return url.replace("&", "&amp;")


def _alert(message: Message) -> list[dict[str, Any]]:
    mark = "✅" if message.is_resolved else MARKS[message.severity]
    kind = one_line(kind_of(message), MAX_NAME)
    name = escape(one_line(object_name(message), MAX_NAME))
    first = f"{mark} {sandbox_mark(message)}*{state(message)}* {escape(kind)}: {name}"
    sentence = escape(one_line(message.text, MAX_SENTENCE))
    known = " · ".join(
        [f"{label}: {escape(one_line(value, MAX_NAME))}" for label, value in facts(message)]
        + [f"<{escape_url(url)}|{label}>" for label, url in links(message)]
    )
    blocks = [_section(f"{first}\n{sentence}")]
    if known:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": known, "verbatim": True}]})
    return blocks


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:MAX_SECTION], "verbatim": True}}

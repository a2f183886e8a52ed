"""PagerDuty's Events API v2: one incident per alert, which escalates and resolves with it.

A storm of alerts becomes one incident with the counts; nobody wants a thousand.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.guard import Resolve, resolve
from adtrack_pipeline.notify.channels.http import Poster, checked_url, raise_for
from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.summary import Summary, summarise
from adtrack_pipeline.notify.channels.words import counts, facts, headline, object_name, one_line, title
from adtrack_pipeline.wording import kind

HOSTS = {"us": "https://events.pagerduty.com/v2/enqueue", "eu": "https://events.eu.pagerduty.com/v2/enqueue"}
SEVERITIES = {
    Severity.LOW: "info",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "critical",
}
STORM = 20  # new alerts in one batch; more of them become one incident
TIMEOUT_SECONDS = 15.0
MAX_SUMMARY = 1024

Action = Literal["trigger", "acknowledge", "resolve"]


class PagerDutyChannel:
    """One integration key."""

    kind = "pagerduty"
    for_people = True
    in_flight = 1
    batch = 100  # so many at a time are marked as done: their limit is on requests a minute

    def __init__(
        self,
        name: str,
        key: SecretStr,
        *,
        region: Literal["us", "eu"] = "us",
        url: str | None = None,
        allow_private: bool = False,
        resolver: Resolve = resolve,
    ) -> None:
        self.name = name
        if len(key.get_secret_value()) != 32:
            raise ChannelError(
                f"Channel {name}: key must be the 32 characters of an Events API v2 integration key."
            )
        self._key = key
        self._url = checked_url(url or HOSTS[region], channel=name, key="url")
        self._host = urlsplit(self._url).hostname or ""
        self._poster = Poster(
            timeout=TIMEOUT_SECONDS, allow_private=allow_private, connections=1, resolver=resolver
        )

    async def send(self, messages: Sequence[Message]) -> None:
        """Trigger, acknowledge or resolve; sending the same twice changes nothing, the dedup key sees to that."""
        opened = [one for one in messages if not one.is_resolved]
        if len(opened) > STORM:
            await self._post(storm(summarise(opened)))
        else:
            for message in opened:
                await self._post(event("trigger", message))
                if message.alert and message.alert.status == "acknowledged":
                    await self._post(event("acknowledge", message))
        for message in messages:
            if message.is_resolved:
                await self._post(event("resolve", message))

    async def _post(self, document: dict[str, Any]) -> None:
        body = json.dumps({"routing_key": self._key.get_secret_value(), **document}, ensure_ascii=False).encode()
        answer = await self._poster.post(self._url, body, {"Content-Type": "application/json"})
        if answer.status == 400:
            raise RefusedError(
                f"{self._host} answered 400: the integration key or the event is not valid.", permanent=True
            )
        if answer.status >= 500:
            raise UnavailableError(f"{self._host} answered {answer.status}.")
        raise_for(answer, self._host)

    async def close(self) -> None:
        """Close idle connections."""
        await self._poster.close()


def dedup_key(message: Message) -> str:
    """The same for every event of an alert, different between installations that share a service."""
    parts = (_project(message), message.stream, message.event["alert_type"], message.event["alert_id"])
    return ":".join(str(part) for part in parts)[:255]


def _project(message: Message) -> str:
    return str(message.event["data"].get("project_id") or "adtrack")


def event(action: Action, message: Message) -> dict[str, Any]:
    """The document of one alert, without the routing key."""
    found: dict[str, Any] = {"event_action": action, "dedup_key": dedup_key(message)}
    if action != "trigger":
        return found
    summary = one_line(f"{title(message)}. {message.text}", MAX_SUMMARY)
    details = {label.lower(): one_line(value, 500) for label, value in facts(message)}
    return {
        **found,
        "client": "adtrack",
        "links": [{"href": url, "text": label} for label, url in links(message)],
        "payload": {
            "summary": summary,
            "source": one_line(object_name(message), 255),
            "severity": SEVERITIES[message.severity],
            "timestamp": message.event["occurred_at"].isoformat(),
            "component": message.event["account_id"] or "adtrack",
            "group": message.stream,
            "class": message.event["alert_type"],
            "custom_details": {**details, "event_id": message.event_id},
        },
    }


def storm(summary: Summary) -> dict[str, Any]:
    """One incident for the many alerts of an hour. Nothing resolves it: somebody has to have looked."""
    [first, *_] = summary.shown
    worst = max((Severity(name) for name in summary.by_severity), key=lambda one: one.rank)
    return {
        "event_action": "trigger",
        "dedup_key": f"{_project(first)}:storm:{first.event['occurred_at']:%Y-%m-%dT%H}",
        "client": "adtrack",
        "payload": {
            "summary": one_line(f"{headline(summary)}: {_listed(summary)}", MAX_SUMMARY),
            "source": "adtrack",
            "severity": SEVERITIES[worst],
            "custom_details": {"counts": counts(summary), "worst": [title(one) for one in summary.shown]},
        },
    }


def _listed(summary: Summary) -> str:
    return ", ".join(f"{count:,} {kind(one)}" for one, count in summary.by_type.items())

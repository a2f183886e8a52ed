"""The `channels:` section of the policies file: which channels there are, by name.

Secrets never stand in the file: `${NAME}` stands for a variable of the environment or of `.env`. Belongs here: the
model. Does not belong here: making channels from it (`building.py`), who gets what (`routing/config.py`).
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from adtrack_pipeline.notify.outbox import EventType

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
STREAM = "CAMPAIGN_EVENTS"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def _only_named(value: str) -> str:
    if not VARIABLE.search(value):
        raise ValueError("is a secret: write ${NAME} here and set NAME in .env or the environment")
    return value


def _no_password(value: str) -> str:
    before_host = value.split("://", 1)[-1].rpartition("@")[0]
    if ":" in before_host and not VARIABLE.search(before_host):
        raise ValueError("holds a password: write ${NAME} in its place and set NAME in .env or the environment")
    return value


def _channel_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"has the channel name {value!r}; names are letters, digits, '-', '_' and '.'")
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Secret = Annotated[str, AfterValidator(_only_named)]
Address = Annotated[str, Field(min_length=1), AfterValidator(_no_password)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Events = Annotated[tuple[EventType, ...], BeforeValidator(_listed)]


class _Channel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="false: nothing is sent until it is true again.")


class WebhookConfig(_Channel):
    """Signed webhooks (Standard Webhooks)."""

    type: Literal["webhook"]
    url: Address = Field(description="Where events are posted; ${NAME} for the secret parts of it.")
    secret: Secret = Field(description="${NAME} of the signing secret, whsec_...")
    events: Events = Field((), description="Only these event types; empty: all.")
    allow_private: bool = Field(False, description="true: the address may be in a private network.")


class SlackConfig(_Channel):
    """A Slack incoming webhook, or one of a service that imitates it."""

    type: Literal["slack"]
    url: Secret = Field(description="${NAME} of the webhook's address.")
    allow_private: bool = Field(False, description="true: the address may be in a private network.")


class EmailConfig(_Channel):
    """E-mail over SMTP."""

    type: Literal["email"]
    smtp: Address = Field(description="smtp://user:${NAME}@host:587 (STARTTLS), smtps:// (TLS) or ...?tls=off")
    to: Names = Field(min_length=1, description="Who gets it.")
    sender: str | None = Field(None, alias="from", description="Whom it comes from.")


class NatsConfig(_Channel):
    """NATS JetStream."""

    type: Literal["nats"]
    url: Address = Field(description="nats://host:4222, tls://..., several separated by commas.")
    stream: str = Field(STREAM, pattern=r"^[A-Za-z0-9_-]+$", description="Created if it is missing.")
    events: Events = Field((), description="Only these event types; empty: all.")


class PagerDutyConfig(_Channel):
    """PagerDuty Events API v2."""

    type: Literal["pagerduty"]
    key: Secret = Field(description="${NAME} of the integration key.")
    region: Literal["us", "eu"] = "us"
    url: str | None = Field(None, description="Another address, e.g. of a gateway.")
    allow_private: bool = Field(False, description="true: the address may be in a private network.")


class AppriseConfig(_Channel):
    """Any service Apprise has an URL for."""

    type: Literal["apprise"]
    url: Secret = Field(description="${NAME} of the Apprise URL.")
    allow_private: bool = Field(False, description="true: the address may be in a private network.")


ChannelConfig = Annotated[
    WebhookConfig | SlackConfig | EmailConfig | NatsConfig | PagerDutyConfig | AppriseConfig,
    Field(discriminator="type"),
]


class ChannelsSection(RootModel[dict[Annotated[str, AfterValidator(_channel_name)], ChannelConfig]]):
    """Channels by name."""

"""From configuration to channels: those of the policies file, and those that a variable alone is enough for."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from adtrack_pipeline.notify.channels.apprise import AppriseChannel
from adtrack_pipeline.notify.channels.base import Channel
from adtrack_pipeline.notify.channels.config import (
    STREAM,
    VARIABLE,
    AppriseConfig,
    ChannelConfig,
    EmailConfig,
    NatsConfig,
    PagerDutyConfig,
    SlackConfig,
    WebhookConfig,
)
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.channels.mail import EmailChannel
from adtrack_pipeline.notify.channels.pagerduty import PagerDutyChannel
from adtrack_pipeline.notify.channels.slack import SlackChannel
from adtrack_pipeline.notify.channels.webhook import WebhookChannel
from adtrack_pipeline.settings import Settings

Lookup = Callable[[str], SecretStr | None]


def build_channel(name: str, config: ChannelConfig, lookup: Lookup) -> Channel:
    """One channel of the file.

    Raises:
        ChannelError: a variable it names is not set, or a value is none that can be used.
    """

    def filled(text: str) -> SecretStr:
        return fill(text, lookup, channel=name)

    match config:
        case WebhookConfig():
            return WebhookChannel(
                name, filled(config.url), filled(config.secret), allow_private=config.allow_private
            )
        case SlackConfig():
            return SlackChannel(name, filled(config.url), allow_private=config.allow_private)
        case EmailConfig():
            return EmailChannel(name, filled(config.smtp), config.to, sender=config.sender)
        case NatsConfig():
            return _nats(name, filled(config.url), config.stream)
        case PagerDutyConfig():
            key, private = filled(config.key), config.allow_private
            return PagerDutyChannel(name, key, region=config.region, url=config.url, allow_private=private)
        case AppriseConfig():
            return AppriseChannel(name, filled(config.url), allow_private=config.allow_private)


def fill(text: str, lookup: Lookup, *, channel: str) -> SecretStr:
    """Text with every `${NAME}` replaced by its value.

    Raises:
        ChannelError: one is not set.
    """
    values = {name: lookup(name) for name in VARIABLE.findall(text)}
    for name, value in values.items():
        if value is None:
            raise ChannelError(
                f"Channel {channel}: ${{{name}}} is not set; set {name} in .env or the environment."
            )
    return SecretStr(VARIABLE.sub(lambda found: _text(values[found[1]]), text))


def quick_channels(settings: Settings) -> Mapping[str, Channel]:
    """Channels of single variables, named after their kind.

    Raises:
        ChannelError: half of a pair is missing, or a value is none that can be used.
    """
    made: list[Channel] = []
    private = settings.allow_private_receivers
    if settings.slack_webhook_url:
        made.append(SlackChannel("slack", settings.slack_webhook_url, allow_private=private))
    if settings.webhook_url:
        if settings.webhook_secret is None:
            raise ChannelError("ADTRACK_WEBHOOK_URL needs ADTRACK_WEBHOOK_SECRET (whsec_...) beside it.")
        made.append(
            WebhookChannel("webhook", settings.webhook_url, settings.webhook_secret, allow_private=private)
        )
    if settings.smtp_url:
        if not settings.email_to:
            raise ChannelError("ADTRACK_SMTP_URL needs ADTRACK_EMAIL_TO beside it.")
        made.append(EmailChannel("email", settings.smtp_url, settings.email_to, sender=settings.email_from))
    if settings.nats_url:
        made.append(_nats("nats", settings.nats_url))
    if settings.pagerduty_key:
        made.append(PagerDutyChannel("pagerduty", settings.pagerduty_key))
    urls = settings.apprise_urls.get_secret_value().split() if settings.apprise_urls else []
    for number, url in enumerate(urls, start=1):
        name = "apprise" if number == 1 else f"apprise-{number}"
        made.append(AppriseChannel(name, SecretStr(url), allow_private=private))
    return {channel.name: channel for channel in made}


def _nats(name: str, url: SecretStr, stream: str = STREAM) -> Channel:
    # Its client imports an HTTP library of its own, a third of a second: only who uses it pays for that.
    from adtrack_pipeline.notify.channels.nats import NatsChannel  # noqa: PLC0415

    return NatsChannel(name, url, stream=stream)


def _text(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""

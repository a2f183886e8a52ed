"""SMTP: where a URL leads and how a letter gets there. Blocking; the channel calls it in a thread."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError, UnavailableError

SECONDS = 20.0
PORTS = {"smtp": 587, "smtps": 465}
EXAMPLE = "smtp://user:password@host:587 (STARTTLS), smtps://…:465 (TLS) or smtp://host:25?tls=off"


@dataclass(frozen=True)
class Server:
    """A mail server. `tls` is `starttls`, `tls` or `off`; a password is never sent without encryption."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: SecretStr | None = None

    @classmethod
    def parse(cls, url: SecretStr, *, channel: str) -> Self:
        """Read an URL.

        Raises:
            ChannelError: it is not one, or would send the password in the clear.
        """
        problem = ChannelError(f"Channel {channel}: smtp must look like {EXAMPLE}.")
        try:
            parts = urlsplit(url.get_secret_value())
            port = parts.port or PORTS[parts.scheme]
            options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        except (ValueError, KeyError):
            raise problem from None
        tls = options.pop("tls", "tls" if parts.scheme == "smtps" else "starttls")
        if not parts.hostname or options or tls not in {"starttls", "tls", "off"}:
            raise problem
        if tls == "off" and parts.password:
            raise ChannelError(f"Channel {channel}: smtp with tls=off would send the password in the clear.")
        secret = SecretStr(unquote(parts.password)) if parts.password else None
        return cls(parts.hostname, port, tls, unquote(parts.username) if parts.username else None, secret)

    def send(self, letter: EmailMessage, sender: str, to: list[str]) -> None:
        """Hand the letter over.

        Raises:
            RefusedError: the server does not take this letter or none of its recipients.
            UnavailableError: it cannot be reached, or refuses the login.
        """
        try:
            with self._connect() as server:
                if self.user and self.password:
                    server.login(self.user, self.password.get_secret_value())
                server.send_message(letter, sender, to)
        except smtplib.SMTPAuthenticationError:
            # Without the cause: some servers repeat the login in their answer.
            raise UnavailableError(f"{self.host} refused the login.") from None
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            permanent = all(500 <= code < 600 for code in _codes(error))
            reason = f"{self.host} refused the letter ({_codes(error)[0]})."
            raise RefusedError(reason, permanent=permanent) from None
        except smtplib.SMTPNotSupportedError:
            raise UnavailableError(f"{self.host} offers no STARTTLS; add ?tls=off if that is meant.") from None
        except (smtplib.SMTPException, ssl.SSLError, OSError):
            raise UnavailableError(f"{self.host} cannot be used on port {self.port}.") from None

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        if self.tls == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


def _codes(error: smtplib.SMTPException) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()] or [550]
    return [int(getattr(error, "smtp_code", 451))]

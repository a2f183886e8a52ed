"""A real SMTP server: what arrives, encrypted where it must be, harmless whatever the names hold."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.mail import EmailChannel
from adtrack_pipeline.notify.channels.mail import smtp as smtp_module
from tests.notify.receiving import free_port
from tests.notify.sample import alert_message

NASTY = 'x\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script><img src="https://evil.example/a.png"> & 🎉'


class Inbox:
    """Keeps letters; `refuse` answers with a code instead."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuse = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return "550 no such user" if address.startswith("nobody@") else "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Inbox, int]]:
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()


@pytest.fixture
def server() -> Iterator[tuple[Inbox, int]]:
    with mail_server() as one:
        yield one


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def server_context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def channel(port: int, **more: Any) -> EmailChannel:
    to = more.pop("to", ["team@example.com"])
    return EmailChannel("mail", SecretStr(f"smtp://127.0.0.1:{port}?tls=off"), to, **more)


def html_of(letter: EmailMessage) -> str:
    page = letter.get_body(("html",))
    assert page is not None
    return str(page.get_content())


async def test_a_letter_has_html_and_the_same_as_plain_text(server: tuple[Inbox, int]):
    inbox, port = server
    await channel(port, to=["a@example.com", "b@example.com"]).send([alert_message()])
    [letter] = inbox.letters
    plain = letter.get_body(("plain",))
    assert plain is not None
    for part in (html_of(letter), plain.get_content()):
        assert "CTR fell by half." in part
        assert "120.00 EUR" in part
    assert letter["Subject"] == "[adtrack] HIGH CTR drop: Spring sale"
    assert inbox.recipients == [["a@example.com", "b@example.com"]]


async def test_names_cannot_inject_headers_or_markup(server: tuple[Inbox, int]):
    inbox, port = server
    await channel(port).send([alert_message(name=NASTY, text=NASTY, account_name=NASTY)])
    [letter] = inbox.letters
    assert letter["Bcc"] is None
    assert inbox.recipients == [["team@example.com"]]
    page = html_of(letter)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "🎉" in str(letter["Subject"])


async def test_the_same_messages_have_the_same_message_id_when_they_are_sent_again(server: tuple[Inbox, int]):
    inbox, port = server
    same = [alert_message(1), alert_message(2)]
    await channel(port).send(same)
    await channel(port).send(same)
    await channel(port).send(same[:1])
    first, second, other = (letter["Message-ID"] for letter in inbox.letters)
    assert first == second != other


async def test_a_thousand_alerts_are_one_readable_letter(server: tuple[Inbox, int]):
    inbox, port = server
    await channel(port).send([alert_message(n, money=float(n), name=f"Campaign {n}") for n in range(1000)])
    [letter] = inbox.letters
    assert "1,000 alerts" in letter["Subject"]
    page = html_of(letter)
    assert "Campaign 999" in page
    assert "990 more are not shown" in page
    assert len(page) < 50_000


async def test_simulated_data_says_so_in_subject_and_text(server: tuple[Inbox, int]):
    inbox, port = server
    await channel(port).send([alert_message(is_sandbox=True)])
    [letter] = inbox.letters
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert all("SANDBOX" in text for text in (letter["Subject"], html_of(letter), plain.get_content()))


async def test_the_chart_of_the_evidence_is_inside_the_letter(server: tuple[Inbox, int]):
    pytest.importorskip("adtrack_pipeline.notify.chart")
    inbox, port = server
    hours = [f"2026-03-08T{hour:02}:00:00Z" for hour in range(12)]
    series = {"ts": hours, "actual": [1.0] * 12, "expected": [2.0] * 12, "low": [1.5] * 12, "high": [2.5] * 12}
    await channel(port).send([alert_message(evidence={"series": series})])
    [letter] = inbox.letters
    [picture] = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert picture.get_content().startswith(b"\x89PNG")
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html_of(letter)


async def test_with_starttls_the_login_travels_encrypted(certificate: Path, monkeypatch: pytest.MonkeyPatch):
    logins: list[tuple[bytes, bytes, bool]] = []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        logins.append((data.login, data.password, session.ssl is not None))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    options = {"authenticator": check, "auth_required": True, "require_starttls": True}
    with mail_server(tls_context=server_context(certificate), **options) as (inbox, port):
        url = f"smtp://me%40example.com:p%40ss%2Fword@localhost:{port}".replace("localhost", "127.0.0.1")
        await EmailChannel("mail", SecretStr(url), ["team@example.com"]).send([alert_message()])
        assert logins == [(b"me@example.com", b"p@ss/word", True)]
        assert inbox.letters[0]["From"] == "me@example.com"
        wrong = EmailChannel("mail", SecretStr(url.replace("ss%2F", "xx")), ["team@example.com"])
        with pytest.raises(UnavailableError, match="refused the login") as caught:
            await wrong.send([alert_message()])
        assert "xxword" not in str(caught.value)


async def test_a_server_without_starttls_gets_nothing_unless_that_is_meant(server: tuple[Inbox, int]):
    inbox, port = server
    with pytest.raises(UnavailableError, match="offers no STARTTLS"):
        await EmailChannel("mail", SecretStr(f"smtp://127.0.0.1:{port}"), ["a@b.example"]).send([alert_message()])
    assert inbox.letters == []


async def test_a_certificate_nobody_vouches_for_is_not_trusted(certificate: Path):
    with mail_server(tls_context=server_context(certificate)) as (inbox, port):
        mail = EmailChannel("mail", SecretStr(f"smtp://127.0.0.1:{port}"), ["a@b.example"])
        with pytest.raises(UnavailableError, match="cannot be used"):
            await mail.send([alert_message()])
        assert inbox.letters == []


async def test_a_letter_the_server_refuses_is_refused_and_a_server_that_is_away_is_away(server: tuple[Inbox, int]):
    inbox, port = server
    inbox.refuse = "451 try later"
    with pytest.raises(RefusedError) as caught:
        await channel(port).send([alert_message()])
    assert not caught.value.permanent
    with pytest.raises(RefusedError) as caught:
        await channel(port, to=["nobody@example.com"]).send([alert_message()])
    assert caught.value.permanent
    with pytest.raises(UnavailableError, match="port 9"):
        await channel(9).send([alert_message()])


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "smtp://",
        "smtp://host?tls=maybe",
        "smtp://host?what=1",
        "smtp://host:x",
        "mail.example.com:25",
    ],
)
def test_an_smtp_address_that_is_none_is_a_mistake_in_one_sentence(url: str):
    with pytest.raises(ChannelError, match="smtp must look like"):
        EmailChannel("mail", SecretStr(url), ["a@b.example"])


def test_a_password_is_never_sent_in_the_clear():
    with pytest.raises(ChannelError, match="in the clear") as caught:
        EmailChannel("mail", SecretStr("smtp://me:hunter2@host?tls=off"), ["a@b.example"])
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("address", ["nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example", ""])
def test_recipients_must_be_addresses(address: str):
    with pytest.raises(ChannelError, match="no e-mail address"):
        EmailChannel("mail", SecretStr("smtp://host"), [address])


def test_implicit_tls_is_the_default_of_smtps():
    server = smtp_module.Server.parse(SecretStr("smtps://me:x@mail.example.com"), channel="mail")
    assert (server.port, server.tls) == (465, "tls")
    assert "x" not in repr(server.password)

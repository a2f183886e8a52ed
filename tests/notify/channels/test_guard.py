"""Addresses a user gave must not lead into a network of ours: names, numbers, disguises, second answers."""

import asyncio
import socket

import httpcore
import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.guard import PinnedBackend, is_public, judge
from adtrack_pipeline.notify.channels.http import Poster, retry_after
from adtrack_pipeline.notify.channels.slack import SlackChannel
from adtrack_pipeline.notify.channels.webhook import WebhookChannel
from tests.notify.receiving import SECRET, running_receiver
from tests.notify.sample import message

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_on_the_open_internet_is_refused(address: str):
    assert not is_public(address)
    with pytest.raises(RefusedError, match="allow_private") as caught:
        judge("host", [address], allow_private=False)
    assert caught.value.permanent
    assert judge("host", [address], allow_private=True) == [address]


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_on_the_open_internet_is_taken(address: str):
    assert is_public(address)


def test_one_private_answer_among_public_ones_is_enough_to_refuse():
    with pytest.raises(RefusedError, match=r"10\.0\.0\.1"):
        judge("host", ["1.1.1.1", "10.0.0.1"], allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
    ],
)
async def test_no_way_of_writing_it_leads_to_this_machine(url: str):
    with running_receiver() as receiver:
        channel = WebhookChannel("hook", SecretStr(url.format(port=receiver.port)), SecretStr(SECRET))
        with pytest.raises((RefusedError, UnavailableError)):
            await channel.send([message()])
        assert receiver.got == []


async def test_a_name_whose_second_answer_differs_is_only_asked_once():
    """DNS rebinding: the first answer is public, the second would be private."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    connected: list[str] = []

    class Recording(httpcore.AsyncMockBackend):
        async def connect_tcp(self, host: str, *args: object, **options: object) -> httpcore.AsyncNetworkStream:
            connected.append(host)
            raise httpcore.ConnectError

    backend = PinnedBackend(allow_private=True, resolver=rebinding)
    backend._backend = Recording([])  # type: ignore[assignment]
    with pytest.raises(UnavailableError, match="does not answer"):
        await backend.connect_tcp("evil.example", 80)
    assert asked == ["evil.example"]
    assert connected == ["192.0.2.1"]


async def test_every_new_connection_is_judged_again():
    """A name that was public when the first message left may be private when the second does."""
    answers = ["127.0.0.1"]

    async def moving(_host: str, _port: int) -> list[str]:
        return answers

    with running_receiver() as receiver:
        url = f"http://moving.example:{receiver.port}/"
        open_door = Poster(timeout=5, allow_private=True, resolver=moving)
        assert (await open_door.post(url, b"{}", {})).status == 204
        await open_door.close()
        closed_door = Poster(timeout=5, resolver=moving)
        with pytest.raises(RefusedError, match=r"moving\.example leads to 127\.0\.0\.1"):
            await closed_door.post(url, b"{}", {})
        assert len(receiver.got) == 1


async def test_a_name_nobody_knows_is_no_answer_and_no_crash():
    async def nobody(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(UnavailableError, match="cannot be resolved"):
        await Poster(timeout=5, resolver=nobody).post("http://nowhere.invalid/", b"", {})


async def test_proxy_variables_do_not_lead_around_the_guard(monkeypatch: pytest.MonkeyPatch):
    with running_receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, receiver.url)
        with pytest.raises((RefusedError, UnavailableError)):
            await Poster(timeout=2).post("http://192.0.2.1/", b"", {})
        assert receiver.got == []


async def test_a_receiver_that_drips_its_answer_is_cut_off_by_the_time_limit():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        while not writer.is_closing():
            writer.write(b"X")
            await asyncio.sleep(0.02)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(RefusedError, match="took longer"):
        await Poster(timeout=0.2, allow_private=True).post(f"http://127.0.0.1:{port}/", b"", {})
    server.close()


@pytest.mark.parametrize(
    "url", ["ftp://host/", "http://", "https://me:secret@host/", "http://host:99999/", "nonsense"]
)
def test_an_address_that_is_none_is_a_mistake_in_one_sentence_without_secrets(url: str):
    with pytest.raises(ChannelError, match="Channel mine: url must be an address") as caught:
        SlackChannel("mine", SecretStr(url))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!", "plain text"])
def test_a_signing_secret_that_is_none_is_a_mistake_in_one_sentence(secret: str):
    with pytest.raises(ChannelError, match="secret must be whsec_"):
        WebhookChannel("hook", SecretStr("https://example.com"), SecretStr(secret))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30.0), ("0", 0.0), ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0), ("soon", None), ("", None), ("-5", None)],
)
def test_retry_after_may_be_seconds_or_a_date(text: str, seconds: float | None):
    assert retry_after({"retry-after": text}, now=100.0) == seconds

"""Images of creatives, fetched without the token."""

import asyncio

import pytest

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.thumbnails import MAX_BYTES
from tests.platforms.scripted import Call, Reply, ScriptedGraph

PNG = b"\x89PNG" + b"x" * 100


async def test_an_image_comes_with_its_media_type_and_is_asked_for_without_the_token(
    graph: ScriptedGraph, client: MetaClient
) -> None:
    graph.on("/a.png", Reply(PNG, media="image/png; charset=x"))
    assert await client.thumbnail(f"{graph.url}/a.png?oe=1") == (PNG, "image/png")
    assert "authorization" not in graph.calls[0].headers


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"gone", 404, media="text/plain"),
        Reply(b"<html>", 200, media="text/html"),
        Reply(b"", 200, media="image/png"),
        Reply(b"x" * (MAX_BYTES + 1), media="image/png"),
        Reply(b"", 302, headers={"location": "/b.png"}),
        Reply(b"", 302, headers={"location": "http://10.0.0.1/b.png"}),
        Reply(b"", 302),
    ],
    ids=lambda reply: f"{reply.status}-{reply.media}-{len(reply.raw())}-{reply.headers}",
)
async def test_a_dead_or_wrong_answer_is_no_image_and_no_error(
    graph: ScriptedGraph, client: MetaClient, reply: Reply
) -> None:
    graph.on("/a.png", reply)
    assert await client.thumbnail(f"{graph.url}/a.png") is None


@pytest.mark.parametrize("reply", [Reply(PNG, 500, media="image/png"), Reply(PNG, cut=10, media="image/png")])
async def test_a_host_in_trouble_is_an_error_of_the_moment_and_not_a_dead_link(
    graph: ScriptedGraph, client: MetaClient, reply: Reply
) -> None:
    graph.on("/a.png", reply)
    with pytest.raises(PlatformError) as raised:
        await client.thumbnail(f"{graph.url}/a.png?oe=signature")
    assert raised.value.error_class is ErrorClass.RETRY
    assert "signature" not in str(raised.value)


@pytest.mark.parametrize(
    "link",
    [
        "http://cdn.example/a.png",
        "https://localhost/a.png",
        "https://10.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "file:///etc/passwd",
        "ftp://cdn.example/a.png",
        "not a link",
        "https://",
        "",
    ],
)
async def test_links_to_private_places_or_without_encryption_are_not_followed(
    graph: ScriptedGraph, client: MetaClient, link: str
) -> None:
    assert await client.thumbnail(link) is None
    assert graph.calls == []


async def test_a_name_that_leads_to_a_private_address_is_not_even_connected_to(client: MetaClient) -> None:
    connections = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await client.thumbnail(f"https://localhost:{port}/a.png") is None
    assert connections == []


async def test_a_redirect_to_another_good_link_is_followed(graph: ScriptedGraph, client: MetaClient) -> None:
    graph.on("/a.png", Reply(b"", 302, headers={"location": "/b.png"}))
    graph.on("/b.png", Reply(PNG, media="image/png"))
    assert await client.thumbnail(f"{graph.url}/a.png") == (PNG, "image/png")


async def test_a_host_that_fails_three_times_is_not_asked_any_more(
    graph: ScriptedGraph, client: MetaClient
) -> None:
    graph.on("/a.png", Reply(b"", 503))
    for _ in range(5):
        with pytest.raises(PlatformError):
            await client.thumbnail(f"{graph.url}/a.png")
    assert len(graph.calls) == 3


async def test_links_that_have_expired_do_not_count_as_a_failing_host(
    graph: ScriptedGraph, client: MetaClient
) -> None:
    def script(call: Call) -> Reply:
        return Reply(PNG, media="image/png") if call.params.get("oe") == "new" else Reply(b"", 403)

    graph.on("/a.png", script)
    for _ in range(4):
        assert await client.thumbnail(f"{graph.url}/a.png?oe=old") is None
    assert await client.thumbnail(f"{graph.url}/a.png?oe=new") == (PNG, "image/png")

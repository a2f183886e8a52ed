"""The API to read: a real account's, or a simulated platform that is found running or started here."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.ports import is_free
from adtrack_pipeline.services.processes import Process, Service, stop_all
from adtrack_pipeline.settings import GRAPH_URL, Settings

CLI = "adtrack_pipeline.cli"
START_SECONDS = 30.0


@contextmanager
def source_ready(settings: Settings) -> Iterator[Settings]:
    """Settings whose API answers. Only the sandbox ever has to be started; it ends with the block.

    Raises:
        ServiceError: when the sandbox's port is taken by something else, or the sandbox does not start.
    """
    if not needs_sandbox(settings):
        yield settings
        return
    addressed = settings.model_copy(update={"meta_graph_url": sandbox_url(settings)})
    if sandbox_answers(settings):
        yield addressed
        return
    process = Process(sandbox_service(settings))
    try:
        wait_for_sandbox(settings, process)
        yield addressed
    finally:
        stop_all([process], patience=3.0)


def needs_sandbox(settings: Settings) -> bool:
    """Whether a sandbox on this machine is the source. One that runs elsewhere has an address of its own."""
    return settings.effective_source == "sandbox" and not settings.meta_graph_url


def described(settings: Settings) -> str:
    """The source in a few words, for people; simulated data says so first."""
    address = settings.meta_graph_url or GRAPH_URL
    if settings.effective_source == "sandbox":
        why = "" if settings.meta_access_token else " (META_ACCESS_TOKEN is not set)"
        return f"SANDBOX, a simulated ad platform at {address}{why}"
    return f"Meta Marketing API {settings.meta_api_version} at {address}"


def sandbox_url(settings: Settings) -> str:
    """Where the sandbox of this machine answers."""
    return f"http://127.0.0.1:{settings.sandbox_port}"


def sandbox_service(settings: Settings) -> Service:
    """How to start one.

    Raises:
        ServiceError: when its port is taken by something that is no sandbox.
    """
    port = settings.sandbox_port
    if not is_free(port):
        raise ServiceError(
            f"Port {port} of the simulated platform is used by another program: free it, "
            "or set ADTRACK_SANDBOX_PORT."
        )
    log = settings.home_dir / "logs" / "sandbox.log"
    return Service("sandbox", CLI, ("sandbox", "--port", str(port)), dict(os.environ), log)


def sandbox_answers(settings: Settings) -> bool:
    """Whether a sandbox listens there already."""
    try:
        return httpx.get(f"{sandbox_url(settings)}/sandbox", timeout=2.0).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def wait_for_sandbox(settings: Settings, process: Process) -> None:
    """Return once it answers.

    Raises:
        ServiceError: with the end of its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while not sandbox_answers(settings):
        if process.exit_code is not None or time.monotonic() > deadline:
            raise ServiceError(f"The simulated platform did not start: {process.last_words()}")
        time.sleep(0.1)

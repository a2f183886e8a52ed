"""Fetching the bank's file: bounded in time and size, one sentence when it fails. Only this uses a network."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from adtrack_pipeline.intake.stores import refuse_credentials, shown

MOST_BYTES = 32 << 20
SECONDS = 30.0  # for any single step
WHOLE_SECONDS = 120.0
ADVICE = "Download it by hand and run adtrack fx load FILE, or try again later."


class FxError(Exception):
    """The rates could not be fetched: why, and what to do. Nothing was written."""


@contextmanager
def downloaded(url: str, *, seconds: float = SECONDS, whole: float = WHOLE_SECONDS) -> Iterator[Path]:
    """A copy of the file at an address, for as long as the block lasts; named as the address ends.

    Args:
        url: http or https, without credentials.
        seconds: the longest wait for an answer, or for more of it.
        whole: the longest the whole may take.

    Raises:
        FxError: it cannot be reached, answers with something else, is too large or too slow.
        IntakeError: there are credentials in the address.
    """
    refuse_credentials(url)
    name = Path(urlsplit(url).path).name or "rates"
    with tempfile.TemporaryDirectory(prefix="adtrack-fx-") as folder:
        copy = Path(folder) / name
        _fetch(url, copy, seconds, time.monotonic() + whole)
        yield copy


def _fetch(url: str, copy: Path, seconds: float, until: float) -> None:
    import httpx  # noqa: PLC0415 - a tenth of a second, and most commands load files

    try:
        with (
            httpx.Client(timeout=seconds, follow_redirects=True, max_redirects=3) as client,
            client.stream("GET", url) as answer,
            copy.open("wb") as target,
        ):
            if answer.status_code != httpx.codes.OK:
                raise FxError(f"{shown(url)} answered {answer.status_code}. {ADVICE}")
            size = 0
            for block in answer.iter_bytes(1 << 16):
                size += target.write(block)
                if size > MOST_BYTES:
                    raise FxError(f"{shown(url)} has more than {MOST_BYTES >> 20} MB: this is not the ECB's file.")
                if time.monotonic() > until:
                    raise FxError(f"{shown(url)} is too slow. {ADVICE}")
    except httpx.TimeoutException:
        raise FxError(f"{shown(url)} did not answer within {seconds:g} seconds. {ADVICE}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FxError(f"{shown(url)} cannot be read ({type(error).__name__}). {ADVICE}") from None

"""Where files are: a path of this machine or a URL of any store that fsspec speaks to.

Belongs here: opening stores, names for people, refusing credentials in URLs. Not here: what is in files.
Credentials come from the environment, as each store's own library reads them (AWS_ACCESS_KEY_ID and so on).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adtrack_pipeline.intake.errors import IntakeError

if TYPE_CHECKING:  # costs a tenth of a second: only for who opens a store
    from fsspec import AbstractFileSystem

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
_USER = re.compile(r"://[^/@?#]*@|::")
_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "sftp": "paramiko",
    "http": "aiohttp",
    "https": "aiohttp",
}


@dataclass(frozen=True)
class Location:
    """A file or folder in a store; `path` as its filesystem names it."""

    store: "AbstractFileSystem"
    path: str
    name: str
    is_local: bool


def locate(where: str | Path) -> Location:
    """The store and path of a local path or URL.

    Raises:
        IntakeError: credentials in the URL, a store nobody knows, or whose library is not installed.
    """
    text = str(where)
    if "://" in text:
        refuse_credentials(text)
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1] == "file":
        from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415

        local = str(Path(text.removeprefix("file://")).expanduser().absolute())
        return Location(LocalFileSystem(), local, local, is_local=True)
    store, path = _remote(scheme[1].lower(), text)
    return Location(store, path, shown(text), is_local=False)


def refuse_credentials(url: str) -> None:
    """A password in a URL ends up in logs and tables.

    Raises:
        IntakeError: in one sentence that does not repeat it.
    """
    if _USER.search(url):
        raise IntakeError(
            "A URL must hold no user, password or second URL: give the credentials in the environment, as the "
            "store's own tools read them, and the plain address of the file here."
        )


def shown(url: str) -> str:
    """A path or URL for people and tables: without a user, and without what may be a signature."""
    if "://" not in url:
        return url
    return re.sub(r"://[^/@]*@", "://", re.split(r"[?#]", url, maxsplit=1)[0])


def _remote(scheme: str, url: str) -> tuple[Any, str]:
    import fsspec  # noqa: PLC0415

    try:
        store, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError:
        package = _PACKAGES.get(scheme)
        advice = f"install the package {package}" if package else "install the library its address needs"
        raise IntakeError(f"{shown(url)}: {scheme}:// cannot be read here; {advice} beside adtrack.") from None
    except ValueError:
        raise IntakeError(f"{shown(url)}: no store is known by the name {scheme}://.") from None
    return store, path

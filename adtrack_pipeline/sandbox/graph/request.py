"""One Graph call, read: method, version, path, parameters, token; and the answer to it.

Belongs here: the pieces every endpoint needs. Does not belong here: sockets (`http`), endpoints.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec

_MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class GraphRequest:
    """A call with its path split and its parameters flat; nested values stay JSON text.

    `version` is None when the path has none. `token_in_query` decides whether `next` links carry it.
    """

    method: str
    version: str | None
    path: tuple[str, ...]
    params: dict[str, str]
    token: str | None
    token_in_query: bool
    base_url: str

    def url(self, *path: str) -> str:
        """An absolute URL in the version of this call."""
        return "/".join((self.base_url, *((self.version,) if self.version else ()), *path))

    def own_url(self) -> str:
        """The URL of this very call."""
        return f"{self.url(*self.path)}?{urlencode(self.link_params())}"

    def link_params(self, params: dict[str, str] | None = None) -> dict[str, str]:
        """The parameters a `next` link repeats: with the token only when it came in the query, as Meta does."""
        kept = {key: value for key, value in (params or self.params).items() if key != "access_token"}
        if self.token_in_query and self.token:
            return {"access_token": self.token, **kept}
        return kept


@dataclass
class Reply:
    """An answer: status, JSON bytes, extra headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def read_request(
    method: str, target: str, query: str, headers: dict[str, str], body: bytes, base_url: str
) -> GraphRequest:
    """Put a call together from its HTTP parts; header names are lower case.

    A body is form-encoded or JSON; its parameters win over the query's, as at Meta.
    """
    in_query = dict(parse_qsl(query, keep_blank_values=True))
    params = {**in_query, **_body_params(headers.get("content-type", ""), body)}
    parts = [unquote(part) for part in target.strip("/").split("/") if part]
    version = parts.pop(0) if parts and _is_version(parts[0]) else None
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    in_header = bearer.strip() if scheme.lower() in {"bearer", "oauth"} else None
    token = params.get("access_token") or in_header or None
    method = params.pop("method", method).upper() if method == "POST" else method
    return GraphRequest(method, version, tuple(parts), params, token, bool(in_query.get("access_token")), base_url)


def _is_version(part: str) -> bool:
    return part.startswith("v") and part[1:].replace(".", "", 1).isdigit()


def _body_params(content_type: str, body: bytes) -> dict[str, str]:
    if not body or content_type.startswith(_MULTIPART):
        return {}
    text = body.decode("utf-8", "replace")
    if content_type.startswith("application/json"):
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in found.items()}
    return dict(parse_qsl(text, keep_blank_values=True))


def encode(value: Any) -> bytes:
    """JSON bytes; what the fast encoder refuses (lone surrogates, numbers beyond 64 bits) is still written."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError, ValueError):
        return json.dumps(value).encode("ascii")

"""One call to the Graph API: authorised, paced, judged by its body, retried or waited for by the table.

Belongs here: everything between a path with parameters and a good answer. Does not belong here: paging, splitting
and the meaning of rows. The token travels in the Authorization header only; no URL or exception of httpx gets out.
"""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import msgspec

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta.config import MetaConfig
from adtrack_pipeline.platforms.meta.errors import Rule, from_body, is_token_error, scrub
from adtrack_pipeline.platforms.meta.jsontext import clean, loads, needs_cleaning
from adtrack_pipeline.platforms.meta.throttle import Throttle, Work
from adtrack_pipeline.platforms.meta.usage import parse_usage

logger = logging.getLogger(__name__)
for _noisy in ("httpx", "httpcore"):  # they log full URLs and headers
    logging.getLogger(_noisy).setLevel(logging.WARNING)

_MIN_WAIT = 1.0
_NO_LIST = "The Graph API answered a list with something else."


class _Envelope(msgspec.Struct):
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    paging: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    success: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


@dataclass(frozen=True)
class Answer:
    """A good answer: its whole body, the `data` part as raw JSON (None for a single node), the next page's URL.

    `is_partial`: asked for with fewer fields than the listing wants, as the API refuses the others here.
    """

    body: bytes
    data: bytes | None
    next_url: str | None
    is_partial: bool = False

    def archive(self) -> bytes:
        """The answer without paging links, and so without tokens."""
        return b'{"data":' + (self.data or b"[]") + b"}"

    def node(self) -> dict[str, Any]:
        """The body of a single-node answer."""
        value = loads(self.body)
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class _Failure:
    error: PlatformError
    rule: Rule | None = None
    wait: float = 0.0


@cache
def tls_context() -> ssl.SSLContext:
    """The trusted certificates, read once per process: reading them takes longer than a call."""
    return httpx.create_ssl_context()


def _tls_for(base_url: str) -> ssl.SSLContext:
    """For a client of one host: where that speaks no TLS (a sandbox, a local gateway), nobody is to be trusted."""
    return tls_context() if base_url.lower().startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Transport:
    """Owns the HTTP client and the throttle; every call of a client goes through `call`."""

    def __init__(self, config: MetaConfig) -> None:
        self.config = config
        self.throttle = Throttle(config)
        self._proof = config.proof()
        self._secrets = tuple(
            secret.get_secret_value() for secret in (config.token, config.app_secret) if secret is not None
        ) + ((self._proof,) if self._proof else ())
        self._warned_version = False
        self._refusal: PlatformError | None = None
        timing = config.timing
        self._http = httpx.AsyncClient(
            base_url=config.base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {config.token.get_secret_value()}", "Accept": "application/json"},
            verify=_tls_for(config.base_url),
            timeout=httpx.Timeout(timing.read_timeout, connect=timing.connect_timeout),
            limits=httpx.Limits(max_connections=config.max_calls * 2, max_keepalive_connections=config.max_calls),
            follow_redirects=False,  # the token goes to no other host
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def call(
        self,
        work: Work,
        path: str,
        params: Mapping[str, str],
        *,
        method: str = "GET",
        tries: int | None = None,
        listing: bool = False,
    ) -> Answer:
        """Send one call until it succeeds or its error's policy says to stop.

        Args:
            work: the account and its statistics.
            path: with version, such as `/v25.0/act_1/insights`.
            params: query parameters, or the form of a POST; never with a token.
            method: GET or POST.
            tries: fewer tries than configured, where failing fast is better.
            listing: the answer must hold a list.

        Raises:
            PlatformError: with the class that says what the caller may still do.
        """
        attempt = 0
        while True:
            async with self.throttle.slot(work):
                if self._refusal is not None:
                    raise self._refusal
                outcome = await self._once(work, method, path, params)
            if isinstance(outcome, Answer):
                if not listing or (outcome.data is not None and outcome.data.startswith(b"[")):
                    return outcome
                outcome = _Failure(PlatformError(_NO_LIST, error_class=ErrorClass.RETRY))
            attempt += 1
            await self._recover(work, outcome, attempt, tries or self.config.timing.tries)

    async def _recover(self, work: Work, failure: _Failure, attempt: int, tries: int) -> None:
        """Wait for another try, or raise."""
        error, rule = failure.error, failure.rule
        if error.error_class is ErrorClass.WAIT:
            work.stats.rate_limit_hits += 1
            default = (rule.wait if rule else 60.0) * 2 ** min(attempt - 1, 4)
            app_wide = rule is not None and rule.scope == "app"
            self.throttle.block(None if app_wide else work.account_id, max(failure.wait or default, _MIN_WAIT))
            return
        if error.error_class is not ErrorClass.RETRY:
            if is_token_error(error):
                self._refusal = error  # the same for every account: nobody needs to ask again
            raise error
        allowed = min(tries, rule.tries) if rule and rule.tries else tries
        if attempt >= allowed:
            if rule is not None and rule.then_split:
                error.error_class = ErrorClass.SPLIT
            raise error
        work.stats.retries += 1
        timing = self.config.timing
        delay = min(timing.backoff_cap, timing.backoff_base * 2 ** (attempt - 1))
        await timing.sleep(delay * (0.5 + 0.5 * timing.jitter()))

    async def _once(self, work: Work, method: str, path: str, params: Mapping[str, str]) -> Answer | _Failure:
        sent = {**params, **({"appsecret_proof": self._proof} if self._proof else {})}
        work.stats.api_calls += 1
        try:
            if method == "GET":
                response = await self._http.get(path, params=sent)
            else:
                response = await self._http.request(method, path, data=sent)
        except (httpx.TimeoutException, httpx.TransportError, httpx.DecodingError) as error:
            return self._unreachable(error)
        work.stats.bytes += len(response.content)
        self._note_headers(work, response.headers)
        return self._judge(response)

    def _note_headers(self, work: Work, headers: httpx.Headers) -> None:
        usage = parse_usage(headers)
        self.throttle.note(work.account_id, usage)
        if usage.worst is not None:
            work.stats.quota_used_pct = max(work.stats.quota_used_pct or 0.0, usage.worst)
        warning = headers.get("x-ad-api-version-warning")
        if warning and not self._warned_version:
            self._warned_version = True
            logger.warning("Meta warns about the API version: %s", scrub(warning, self._secrets))

    def _judge(self, response: httpx.Response) -> Answer | _Failure:
        """The body decides before the status does: errors come with 200, and answers of proxies are HTML."""
        body, status = response.content, response.status_code
        try:
            if needs_cleaning(body):
                body = clean(body)
            envelope = _decode_envelope(body)
        except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
            try:
                body = clean(body)
                envelope = _decode_envelope(body)
            except (ValueError, RecursionError):
                return self._unreadable(response)
        if envelope.error is not msgspec.UNSET:
            error, rule = from_body(loads(bytes(envelope.error)), status, self._secrets)
            return _Failure(error, rule, self._hint(response))
        if status >= 400 or _is_false(envelope.success):
            return self._without_reason(response)
        data = bytes(envelope.data) if envelope.data is not msgspec.UNSET else None
        return Answer(body, data, _next_url(envelope.paging))

    def _hint(self, response: httpx.Response) -> float:
        """Seconds to wait, as the headers say; 0 without a hint."""
        usage = parse_usage(response.headers)
        retry_after = response.headers.get("retry-after", "")
        seconds = float(retry_after) if retry_after.isdigit() else 0.0
        return usage.account_wait or seconds or usage.account_reset

    def _unreachable(self, error: Exception) -> _Failure:
        name = type(error).__name__
        kind = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "could not be reached"
        detail = scrub(str(error), self._secrets)
        text = f"The Graph API {kind} ({name}{': ' + detail if detail else ''})."
        failure = PlatformError(text, error_class=ErrorClass.RETRY)
        slow = Rule(0, None, ErrorClass.RETRY, kind, tries=3, then_split=True)
        return _Failure(failure, slow if isinstance(error, httpx.ReadTimeout) else None)

    def _unreadable(self, response: httpx.Response) -> _Failure:
        media = response.headers.get("content-type", "no content type").split(";")[0]
        text = (
            f"The Graph API answered with HTTP {response.status_code} and something that is no complete "
            f"JSON ({scrub(media, self._secrets)}, {len(response.content)} bytes)."
        )
        return _Failure(PlatformError(text, error_class=ErrorClass.RETRY, status=response.status_code))

    def _without_reason(self, response: httpx.Response) -> _Failure:
        status = response.status_code
        action = ErrorClass.RETRY
        if status == 429:
            action = ErrorClass.WAIT
        elif status in {401, 403}:
            action = ErrorClass.ALERT
        elif 400 <= status < 500:
            action = ErrorClass.PERMANENT
        text = f"The Graph API answered with HTTP {status} and no reason."
        return _Failure(PlatformError(text, error_class=action, status=status), None, self._hint(response))


def _is_false(success: msgspec.Raw | msgspec.UnsetType) -> bool:
    return success is not msgspec.UNSET and bytes(success) == b"false"


def _next_url(paging: msgspec.Raw | msgspec.UnsetType) -> str | None:
    if paging is msgspec.UNSET:
        return None
    value = loads(bytes(paging))
    url = value.get("next") if isinstance(value, dict) else None
    return url if isinstance(url, str) and url else None

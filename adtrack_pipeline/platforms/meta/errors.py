"""Meta's error codes as data: one policy per class, one sentence per failure.

Belongs here: the table, and turning an error body into a `PlatformError`. Does not belong here: acting on it
(`transport.py` retries and waits, `slices.py` splits). Texts of Meta are only looked at where a code is
ambiguous without them; `error_user_*` texts are localised and never looked at.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta.fields import ESSENTIAL_FIELDS

Scope = Literal["account", "app"]
HOUR = 3600.0


@dataclass(frozen=True)
class Rule:
    """What one code means and what to do: `wait` (seconds) holds when no header says how long.

    `tries` limits retries below the general number; `then_split` asks for less once they are used up.
    """

    code: int
    subcode: int | None
    action: ErrorClass
    meaning: str
    text: str | None = None
    wait: float = 60.0
    scope: Scope = "account"
    tries: int | None = None
    then_split: bool = False


R, W, S = ErrorClass.RETRY, ErrorClass.WAIT, ErrorClass.SPLIT
P, A = ErrorClass.PERMANENT, ErrorClass.ALERT
_TOKEN = "the access token is not accepted; make a new one and set META_ACCESS_TOKEN"  # noqa: S105
_RIGHT = "the token lacks a permission (ads_read) or a role on this ad account"
_QUOTA = "the ad account's call quota is used up"

RULES: tuple[Rule, ...] = (
    Rule(1, None, S, "the answer would be too large", text="reduce the amount of data"),
    Rule(1, 99, R, "an unknown error", tries=3, then_split=True),
    Rule(1, None, R, "an unknown error", tries=3, then_split=True),
    Rule(2, 1504038, S, "the report took too long, so it is too large"),
    Rule(2, 1504041, P, "this combination of breakdowns does not exist"),
    Rule(2, 1504042, P, "a custom metric does not exist"),
    Rule(2, None, R, "the service is temporarily down"),
    Rule(4, 1504022, W, "the app's insights quota is used up", scope="app"),
    Rule(4, 1504039, W, "the app's insights quota is used up", scope="app"),
    Rule(4, None, W, "the app's call quota is used up", scope="app", wait=300.0),
    Rule(10, None, A, _RIGHT),
    Rule(17, 1885172, W, "the spend cap was changed too often today", wait=24 * HOUR),
    Rule(17, None, W, _QUOTA, wait=600.0),
    Rule(32, None, W, "the page's call quota is used up"),
    Rule(100, None, R, "the report is not readable yet", text="in summary param", tries=4),
    Rule(100, 33, P, "the object does not exist, or the token may not see it"),
    Rule(100, 1487534, S, "the report has too many rows"),
    Rule(100, 1504018, S, "the report took too long, so it is too large"),
    Rule(100, 3191001, A, _RIGHT),
    Rule(100, None, P, "a parameter is wrong"),
    Rule(102, None, A, _TOKEN),
    Rule(104, None, R, "the connection was reset"),
    Rule(190, 458, A, "the app was removed by the token's owner; log in again and set META_ACCESS_TOKEN"),
    Rule(190, 459, A, "Meta wants the token's owner to log in on facebook.com first (checkpoint)"),
    Rule(190, 460, A, "the token's owner changed the password; make a new token and set META_ACCESS_TOKEN"),
    Rule(190, 463, A, "the access token has expired; make a new one and set META_ACCESS_TOKEN"),
    Rule(190, None, A, _TOKEN),
    Rule(200, None, A, _RIGHT),
    Rule(294, None, A, _RIGHT),
    Rule(341, None, W, "the app is blocked for a while", scope="app", wait=300.0),
    Rule(368, None, A, "the account is blocked for a policy reason"),
    Rule(613, 1487632, W, "the ad set's budget was changed too often", wait=HOUR),
    Rule(613, None, W, "too many calls for this ad account"),
    Rule(960, None, R, "the batch took too long"),
    Rule(2500, None, P, "the query could not be read"),
    Rule(2601, None, R, "the report is not readable yet", tries=8),
    Rule(2635, None, A, "this API version is no longer served; set META_API_VERSION to a newer one"),
    Rule(2642, None, ErrorClass.RESTART, "the paging cursor is no longer valid"),
    Rule(3018, None, ErrorClass.TOO_OLD, "the days are older than Meta keeps"),
    *(Rule(code, None, W, _QUOTA) for code in (*range(80000, 80010), 80014)),
    Rule(-2, None, R, "the report run failed"),
    Rule(-3, None, S, "the report is too large"),
)

UNREADABLE = frozenset({(100, 2446289), (100, 2446211), (100, 1443048)})
"""One creative of a list cannot be read; the others can."""

_TOKEN_CODES = frozenset({102, 190, 2635})
_SECRETS = re.compile(
    r"(?i)(access_token|appsecret_proof|input_token|client_secret)(=|%3D|\"?\s*:\s*\"?)[^\s&\"'<>]+"
    r"|EAA[0-9A-Za-z_\-|.]{6,}"
    r"|(?<=[Aa]ccess [Tt]oken )[\"']?[0-9A-Za-z_\-|.]{12,}"
    r"|(?<=://)[^\s/@]+(?=@)"
)
_BEHIND_PATH = re.compile(r"(https?://[^\s?#\"'<>]*[?#])[^\s\"'<>]+")


def scrub(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Take tokens, proofs and what links carry besides host and path out of a text, and cut it to 300 characters.

    A link keeps its host and path, so that Meta's pointer to its documentation stays of use. A secret shorter than
    8 characters is not searched for: it would mask ordinary words.
    """
    for secret in secrets:
        if len(secret) >= 8:
            text = text.replace(secret, "***")
    text = _BEHIND_PATH.sub(r"\1***", _SECRETS.sub("***", text))
    return text if len(text) <= 300 else text[:297] + "..."


def find_rule(code: int | None, subcode: int | None, message: str) -> Rule | None:
    """The most specific rule: exact subcode first, then by text, then the code alone."""
    candidates = [rule for rule in RULES if rule.code == code]
    for rule in candidates:
        if rule.subcode is not None and rule.subcode == subcode:
            return rule
    lowered = message.lower()
    for rule in candidates:
        if rule.text is not None and rule.text in lowered:
            return rule
    return next((rule for rule in candidates if rule.subcode is None and rule.text is None), None)


def is_token_error(error: PlatformError) -> bool:
    """Whether the failure is about the token or version, and so about every account alike."""
    return error.code in _TOKEN_CODES


def number(value: Any) -> int | None:
    """An error code as a number; codes arrive as numbers or as text, and may be negative."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def from_body(error: Any, status: int | None, secrets: tuple[str, ...] = ()) -> tuple[PlatformError, Rule | None]:
    """Turn the `error` part of an answer into a `PlatformError` and the rule that applies.

    The text holds only our meaning, the codes, the trace id and Meta's message without secrets.
    """
    body = error if isinstance(error, dict) else {"message": str(error)}
    code, subcode = number(body.get("code")), number(body.get("error_subcode"))
    said = str(body.get("message") or "")
    rule = find_rule(code, subcode, said)
    if rule is not None:
        action = rule.action
        if action is P and rule.code == 100 and rule.subcode is None and body.get("is_transient") is True:
            action = R
    else:
        transient = body.get("is_transient") is True or (status is not None and status >= 500)
        action = R if transient else W if status == 429 else P
    trace = scrub(str(body["fbtrace_id"]), secrets)[:64] if body.get("fbtrace_id") else None
    meaning = rule.meaning if rule else "an error this client does not know"
    text = _sentence(meaning, code, subcode, scrub(said, secrets), trace)
    failure = PlatformError(text, error_class=action, code=code, subcode=subcode, status=status, trace_id=trace)
    return failure, rule


def _sentence(meaning: str, code: int | None, subcode: int | None, said: str, trace: str | None) -> str:
    codes = f"code {code}/{subcode}" if subcode is not None else f"code {code}"
    quoted = f' Meta said: "{said.strip()}"' if said.strip() else ""
    traced = f" (trace {trace})" if trace else ""
    return f"Meta refused a call: {meaning} ({codes}).{quoted}{traced}"


def unknown_fields(error: PlatformError, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The asked-for fields that a code-100 text names as unknown; () when it is about something else.

    Never names a field without which rows would be wrong, nor everything that was asked for.
    """
    text = str(error)
    if error.code != 100 or "field" not in text.lower():
        return ()
    named = tuple(name for name in asked if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", text))
    if len(named) == len(asked) or ESSENTIAL_FIELDS.intersection(named):
        return ()
    return named

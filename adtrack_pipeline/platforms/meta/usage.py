"""Meta's four throttle headers, read into one picture of the quota.

Belongs here: parsing. Does not belong here: deciding to wait (`throttle.py`). Never fails: a header that cannot
be read says nothing. Percents are of the allowance and may exceed 100; waits are returned in seconds.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Quota used (percent) and time until access is regained (seconds), per app and for the account.

    `account_reset` is when the account's window starts anew: a hint only once the quota is nearly used up,
    while `account_wait` is given only to those who are blocked already.
    """

    app_pct: float | None = None
    account_pct: float | None = None
    account_wait: float = 0.0
    account_reset: float = 0.0

    @property
    def worst(self) -> float | None:
        """The larger of both percents; None when no header said anything."""
        known = [pct for pct in (self.app_pct, self.account_pct) if pct is not None]
        return max(known, default=None)


def parse_usage(headers: Mapping[str, str]) -> Usage:
    """Read whatever of the four headers is there; names are compared without case."""
    app: list[float] = []
    account: list[float] = []
    lower = {name.lower(): value for name, value in headers.items() if name.lower().startswith("x-")}
    call = _object(lower.get("x-app-usage"))
    app += _numbers(call, "call_count", "total_time", "total_cputime")
    one = _object(lower.get("x-ad-account-usage"))
    account += _numbers(one, "acc_id_util_pct")
    insights = _object(lower.get("x-fb-ads-insights-throttle"))
    app += _numbers(insights, "app_id_util_pct")
    account += _numbers(insights, "acc_id_util_pct")
    minutes = 0.0
    for entry in _business_entries(lower.get("x-business-use-case-usage")):
        account += _numbers(entry, "call_count", "total_time", "total_cputime")
        minutes = max([minutes, *_numbers(entry, "estimated_time_to_regain_access")])
    return Usage(
        app_pct=max(app, default=None),
        account_pct=max(account, default=None),
        account_wait=minutes * 60.0,
        account_reset=max(_numbers(one, "reset_time_duration"), default=0.0),
    )


def _business_entries(text: str | None) -> list[dict[str, Any]]:
    """All entries of all ids: several use cases per id, and the worst one decides."""
    entries = []
    for listed in _object(text).values():
        for entry in listed if isinstance(listed, list) else [listed]:
            if isinstance(entry, dict):
                entries.append(entry)
    return entries


def _object(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _numbers(source: dict[str, Any], *names: str) -> list[float]:
    """The named numbers (also as text) that are finite and not negative."""
    found = []
    for name in names:
        try:
            value = float(source[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(value) and value >= 0:
            found.append(value)
    return found

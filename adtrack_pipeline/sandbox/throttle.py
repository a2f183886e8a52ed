"""Quotas as Meta counts them: per account and use case and per app, decaying by the hour, told in four headers.

Belongs here: counting, headers, the errors of an exhausted quota. Real time counts, not the world's: a client's
pace is about this machine. A forced percentage (control endpoint) overrides the counted one until it is cleared.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from adtrack_pipeline.sandbox.graph.errors import GraphError
from adtrack_pipeline.sandbox.options import Tier

UseCase = Literal["ads_insights", "ads_management"]
_HOUR = 3600.0
_BASE: dict[tuple[UseCase, Tier], int] = {
    ("ads_insights", "standard_access"): 190_000,
    ("ads_insights", "development_access"): 600,
    ("ads_management", "standard_access"): 100_000,
    ("ads_management", "development_access"): 300,
}
_PER_AD: dict[UseCase, int] = {"ads_insights": 400, "ads_management": 40}
_APP_CALLS: dict[Tier, int] = {"standard_access": 2_000_000, "development_access": 20_000}
_USE_CASES: tuple[UseCase, ...] = ("ads_insights", "ads_management")


@dataclass
class Quota:
    """One leaky bucket: calls used, refilled evenly over an hour."""

    limit: float
    used: float = 0.0
    at: float = 0.0

    def percent(self, now: float) -> float:
        """Share used, in percent; above 100 the bucket is exhausted."""
        self.used = max(self.used - (now - self.at) * self.limit / _HOUR, 0.0)
        self.at = now
        return self.used / self.limit * 100.0

    def seconds_over(self, now: float) -> float:
        """Seconds until the percentage is below 100 again."""
        return max(self.percent(now) - 100.0, 0.0) / 100.0 * _HOUR


@dataclass
class Throttle:
    """All quotas of one server. `ads_of` gives an account's number of active ads."""

    tier: Tier
    ads_of: Callable[[str], int]
    clock: Callable[[], float] = time.monotonic
    forced: dict[str, float] = field(default_factory=dict)  # percent by account id, or "app"
    _quotas: dict[tuple[str, str], Quota] = field(default_factory=dict)

    def charge(self, account_id: str | None, use_case: UseCase, calls: float = 1.0) -> None:
        """Count a call."""
        now = self.clock()
        for quota in [self._app(), *([self._of(account_id, use_case)] if account_id else [])]:
            quota.percent(now)
            quota.used += calls

    def check(self, account_id: str | None, use_case: UseCase) -> None:
        """Raise the error of an exhausted quota: 4 for the app, 80000 or 80004 for an account."""
        now = self.clock()
        if self.forced.get("app", self._app().percent(now)) >= 100:
            raise exhausted(4)
        if account_id is None:
            return
        percent = self.forced.get(account_id, self._of(account_id, use_case).percent(now))
        if percent >= 100:
            raise exhausted(80000 if use_case == "ads_insights" else 80004)

    def headers(
        self, account_id: str | None, percent: float | None = None, minutes: int | None = None
    ) -> dict[str, str]:
        """The usage headers of an answer; `percent` and `minutes` override what was counted (a fault)."""
        now = self.clock()
        app = self.forced.get("app", self._app().percent(now))
        found = {"X-App-Usage": _json({"call_count": int(app), "total_time": int(app), "total_cputime": int(app)})}
        if account_id is None:
            return found
        quotas = {case: self._of(account_id, case) for case in _USE_CASES}
        forced = self.forced.get(account_id, percent)
        shares = {case: forced if forced is not None else quotas[case].percent(now) for case in _USE_CASES}
        over = max(quota.seconds_over(now) for quota in quotas.values())
        regain = minutes if minutes is not None else -int(-over // 60)
        worst = max(shares.values())
        tier = {"ads_api_access_tier": self.tier}
        found["X-Ad-Account-Usage"] = _json(
            {"acc_id_util_pct": round(worst, 2), "reset_time_duration": regain * 60, **tier}
        )
        found["X-FB-Ads-Insights-Throttle"] = _json(
            {"app_id_util_pct": round(app, 2), "acc_id_util_pct": round(shares["ads_insights"], 2), **tier}
        )
        found["X-Business-Use-Case-Usage"] = _json(
            {account_id: [_use_case(case, shares[case], regain, self.tier) for case in _USE_CASES]}
        )
        return found

    def _app(self) -> Quota:
        return self._quotas.setdefault(("app", ""), Quota(_APP_CALLS[self.tier], at=self.clock()))

    def _of(self, account_id: str, use_case: UseCase) -> Quota:
        key = (account_id, use_case)
        if key not in self._quotas:
            limit = _BASE[use_case, self.tier] + _PER_AD[use_case] * self.ads_of(account_id)
            self._quotas[key] = Quota(limit, at=self.clock())
        return self._quotas[key]


def _use_case(case: str, percent: float, regain: int, tier: Tier) -> dict[str, object]:
    whole = int(percent)
    return {
        "type": case,
        "call_count": whole,
        "total_cputime": whole // 2,
        "total_time": whole // 2,
        "estimated_time_to_regain_access": regain if percent >= 100 else 0,
        "ads_api_access_tier": tier,
    }


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))


_EXHAUSTED = {
    4: ("(#4) Application request limit reached", None),
    17: ("User request limit reached", 2446079),
    613: ("(#613) Calls to this api have exceeded the rate limit.", None),
    80000: ("There have been too many calls from this ad-account. Wait a bit and try again.", 2446079),
    80003: ("There have been too many calls to this ad-account. Wait a bit and try again.", 2446079),
    80004: ("There have been too many calls to this ad-account. Wait a bit and try again.", 2446079),
}


def exhausted(code: int) -> GraphError:
    """The error of a used-up quota: HTTP 400, never 429."""
    message, subcode = _EXHAUSTED.get(code, (f"(#{code}) Request limit reached", None))
    return GraphError(message, code, subcode, transient=True, title="Ad account has too many API calls")

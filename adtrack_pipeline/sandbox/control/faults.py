"""Faults on demand: a queue of what shall go wrong, matched by path, account, method and count.

A fault is JSON posted to `/sandbox/faults`: `kind`, optional matchers `path` (a regular expression searched
in the path without version), `account`, `method`, `skip` (let so many matching calls pass), `every` (only each
n-th of them), `times` (how often it happens, 1 unless told; -1: for ever), and the kind's own parameters. Kinds
for one answer:

* `error`: any Graph error (`status`, `code`, `subcode`, `message`, `transient`, `headers`)
* `quota`: a used-up quota (`code` 4, 17, 613, 80000, 80004; `percent`, `minutes` for the headers)
* `expired_token`, `expired_cursor` (the latter only for calls with a cursor), `ok_error` (HTTP 200 and an error)
* `unavailable` (503), `html` (`status`), `empty` (`status`), `truncated` (JSON cut in half), `cut` (the connection
  ends within the body), `reset` (it ends before an answer), `slow` (`seconds`)
* `duplicate_page` (the page is served twice), `cursor_loop` (the same with `times` -1)
* `hostile` (`variant`, `ad`: see `hostile.py`)

Kinds that last until `DELETE /sandbox/faults`: `permission` (`account`), `vanish` (`ad`), `restate` (`account`,
`day`, `ad`, `factor`; 0 takes the rows away). `job` plans how the next report run ends (`status` failed, skipped
or stuck, `code`, `subcode`), `job_expired` forgets the runs there are.
"""

import re
from dataclasses import dataclass, field
from typing import Any

LASTING = frozenset({"permission", "vanish", "restate", "job", "job_expired"})
PASSING = frozenset(
    {
        "error",
        "quota",
        "expired_token",
        "expired_cursor",
        "ok_error",
        "unavailable",
        "html",
        "empty",
        "truncated",
        "cut",
        "reset",
        "slow",
        "duplicate_page",
        "cursor_loop",
        "hostile",
    }
)


class FaultError(ValueError):
    """A fault that cannot be understood; the text says why."""


@dataclass
class Fault:
    """One planned fault."""

    kind: str
    path: str = ""
    account: str | None = None
    method: str | None = None
    skip: int = 0
    times: int = 1
    every: int = 1
    seen: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def matches(self, method: str, path: str, account: str | None, params: dict[str, str]) -> bool:
        """Whether a call is meant."""
        if self.kind == "expired_cursor" and "after" not in params:
            return False
        return (
            (self.method is None or self.method == method)
            and (self.account is None or self.account == account)
            and re.search(self.path, path) is not None
        )

    def shown(self) -> dict[str, Any]:
        """The fault as it is told on `GET /sandbox/faults`."""
        own = {
            name: getattr(self, name) for name in ("kind", "path", "account", "method", "skip", "every", "times")
        }
        return {**own, **self.more}


def read_fault(text: Any) -> Fault:
    """A fault from JSON.

    Raises:
        FaultError: unknown kind, a bad regular expression, wrong types.
    """
    if not isinstance(text, dict):
        raise FaultError("a fault is a JSON object")
    entry = dict(text)
    kind = str(entry.pop("kind", ""))
    if kind not in LASTING | PASSING:
        raise FaultError(f"unknown kind {kind!r}; known are {', '.join(sorted(LASTING | PASSING))}")
    path = str(entry.pop("path", ""))
    try:
        re.compile(path)
    except re.error as error:
        raise FaultError(f"path {path!r} is no regular expression: {error}") from None
    account = entry.pop("account", None)
    method = entry.pop("method", None)
    skip, times = entry.pop("skip", 0), entry.pop("times", -1 if kind == "cursor_loop" else 1)
    every = entry.pop("every", 1)
    if not all(isinstance(one, int) for one in (skip, times, every)) or every < 1:
        raise FaultError("skip, every and times are whole numbers")
    return Fault(
        kind=kind,
        path=path,
        account=str(account).removeprefix("act_") if account is not None else None,
        method=str(method).upper() if method else None,
        skip=skip,
        times=times,
        every=every,
        more=entry,
    )


class FaultBook:
    """The queue; the first fault that matches a call happens to it."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def take(self, method: str, path: str, account: str | None, params: dict[str, str]) -> Fault | None:
        """The fault of a call, counted down."""
        for fault in list(self.planned):
            if not fault.matches(method, path, account, params):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.seen += 1
            if fault.seen % fault.every:
                continue
            if fault.times > 0:
                fault.times -= 1
            if fault.times == 0:
                self.planned.remove(fault)
            return fault
        return None

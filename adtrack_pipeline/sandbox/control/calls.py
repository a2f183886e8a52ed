"""The call log: what was asked, without any token, and how it was answered."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_SECRET = ("access_token", "appsecret_proof", "input_token")
_KEPT = 50_000


@dataclass(frozen=True)
class Call:
    """One call; `params` lacks everything secret."""

    method: str
    path: str
    account: str | None
    status: int
    params: dict[str, str]
    fault: str | None


class CallLog:
    """The last calls and counts of all."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()

    def add(
        self, method: str, path: str, account: str | None, status: int, params: dict[str, str], fault: str | None
    ) -> None:
        """Remember a call."""
        shown = {key: value for key, value in params.items() if key not in _SECRET}
        self.calls.append(Call(method, path, account, status, shown, fault))
        self.counts[account or "app"] += 1

    def shown(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "total": sum(self.counts.values()),
            "by_account": dict(self.counts),
            "calls": [asdict(call) for call in self.calls],
        }

    def clear(self) -> None:
        """Forget."""
        self.calls.clear()
        self.counts.clear()

"""What messages to people say, as plain unescaped text: each channel escapes it in its own way.

Belongs here: headlines, facts, numbers. Does not belong here: markup, limits of a service.
"""

import re
import unicodedata

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.channels.message import SANDBOX, Message
from adtrack_pipeline.notify.channels.summary import Summary
from adtrack_pipeline.wording import kind, money

MARKS = {Severity.LOW: "🔵", Severity.MEDIUM: "🟡", Severity.HIGH: "🟠", Severity.CRITICAL: "🔴"}
LOOK = "adtrack alerts list, or marts.performance_alerts in the warehouse"
PERCENT = {"ctr", "cvr", "frequency_change"}
MONEY = {"spend", "revenue", "cpm", "cpc", "cpa", "aov", "budget"}

# Directions and other invisible controls could make a name read as something else.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_EMOJI_JOINER = "‍"


def one_line(text: str, limit: int) -> str:
    """Text of others on one line of at most `limit` characters, without invisible controls; emoji stay."""
    spaced = re.sub(r"\s+", " ", text)
    shown = "".join(
        char for char in spaced if char == _EMOJI_JOINER or unicodedata.category(char) not in _INVISIBLE
    ).strip()
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def title(message: Message, limit: int = 150) -> str:
    """`HIGH CTR drop: Spring sale`, `STILL HIGH …` or `RESOLVED …`; SANDBOX first where it applies."""
    return one_line(f"{sandbox_mark(message)}{state(message)} {kind_of(message)}: {object_name(message)}", limit)


def state(message: Message) -> str:
    """What the message says about its alert: how grave, that it is over, or that it still holds."""
    if message.is_resolved:
        return "RESOLVED"
    grave = message.severity.value.upper()
    return f"STILL {grave}" if message.event["change"] == "reminded" else grave


def kind_of(message: Message) -> str:
    """What kind of alert, or of event, it is, in words."""
    return kind(message.event["alert_type"] or message.event["event_type"])


def sandbox_mark(message: Message) -> str:
    """`SANDBOX ` for simulated data, else nothing."""
    return f"{SANDBOX} " if message.is_sandbox else ""


def object_name(message: Message) -> str:
    """Name of the object, or its id."""
    alert, event = message.alert, message.event
    return (alert.object_name if alert else None) or event["campaign_id"] or event["account_id"] or "adtrack"


def facts(message: Message) -> list[tuple[str, str]]:
    """Label and value of what is known beside the sentence."""
    found: list[tuple[str, str]] = []
    if (alert := message.alert) is None:
        return found
    if alert.account_name or message.event["account_id"]:
        found.append(("Account", alert.account_name or str(message.event["account_id"])))
    for label, value in (("Expected", alert.expected), ("Actual", alert.actual), ("Threshold", alert.threshold)):
        if value is not None:
            found.append((label, quantity(value, alert.metric, alert.currency)))
    if alert.money_at_stake:
        found.append(("At stake", money(alert.money_at_stake, alert.currency)))
    found.append(("Since", f"{alert.began_at:%Y-%m-%d %H:%M} UTC"))
    found.append(("Alert", str(alert.alert_id)))
    return found


def quantity(value: float, metric: str, currency: str | None) -> str:
    """A number in the metric's unit."""
    if metric in MONEY:
        return money(value, currency)
    text = f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{text} %" if metric in PERCENT else text


def headline(summary: Summary) -> str:
    """The first line of a message about one or many alerts."""
    [*_, last] = summary.shown
    if summary.total == 1:
        return title(last)
    parts = [f"{summary.opened:,} alerts"] if summary.opened else []
    parts += [f"{summary.resolved:,} resolved"] if summary.resolved else []
    return f"{sandbox_mark(last)}{', '.join(parts)}"


def counts(summary: Summary) -> list[str]:
    """Lines that sum up what is not shown one by one; none when all is shown."""
    if not summary.rest:
        return []
    return [
        "By severity: " + _listed(summary.by_severity),
        "By type: " + _listed({kind(one): n for one, n in summary.by_type.items()}),
        "By account: " + _listed(summary.by_account),
        f"{summary.rest:,} more are not shown here. Where to look: {LOOK}.",
    ]


def _listed(numbers: dict[str, int], limit: int = 8) -> str:
    shown = [f"{one_line(name, 60)} {count:,}" for name, count in list(numbers.items())[:limit]]
    more = len(numbers) - limit
    return ", ".join(shown) + (f", {more:,} others" if more > 0 else "")

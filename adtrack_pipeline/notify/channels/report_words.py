"""What messages to people say about a daily report, as plain unescaped text: channels escape it.

Made of the event's payload alone (`notify/events/daily_report.py`), so that a report can be told when its page is
gone. Belongs here: headline, lines, numbers. Does not belong here: markup, the page itself (`reporting/`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.summary import Summary
from adtrack_pipeline.notify.channels.words import headline, one_line, sandbox_mark
from adtrack_pipeline.wording import money

SHOWN_ACCOUNTS = 20
LABELS = {
    "spend": "Spend",
    "revenue": "Revenue",
    "roas": "ROAS",
    "conversions": "Conversions",
    "cpa": "CPA",
    "ctr": "CTR",
    "cpm": "CPM",
}
MONEY = {"spend", "revenue", "cpa", "cpm"}
UNKNOWN = "–"


def report_title(message: Message, limit: int = 150) -> str:
    """`Daily report: Acme, Thu 19 Nov: 5,837.90 USD spent, ROAS 1.38`; SANDBOX first where it applies."""
    data = message.event["data"]
    name = one_line(str(data.get("account_name") or message.event["account_id"] or "all accounts"), 80)
    figures = {one["metric"]: one for one in data.get("figures", ())}
    # A part of the accounts is no headline.
    figures = {} if data.get("missing_currencies") or data.get("total_spend") is None else figures
    known = [f"{amount} spent" if (amount := figure(figures, "spend", data)) != UNKNOWN else ""]
    known.append(f"ROAS {value}" if (value := figure(figures, "roas", data)) != UNKNOWN else "")
    said = ", ".join(one for one in known if one)
    first = f"{sandbox_mark(message)}Daily report: {name}, {report_day(data)}"
    return one_line(f"{first}: {said}" if said else first, limit)


def first_line(summary: Summary) -> str:
    """The first line of a message, be it about alerts or about a report, which comes alone."""
    if summary.total == 1 and summary.shown[0].is_report:
        return report_title(summary.shown[0])
    return headline(summary)


def report_day(data: Mapping[str, Any]) -> str:
    """`Thu 19 Nov`."""
    day = date.fromisoformat(str(data["date"]))
    return f"{day:%a} {day.day} {day:%b}"


def report_lines(message: Message) -> list[str]:
    """What is missing, and the report in a few sentences."""
    data = message.event["data"]
    return [one_line(str(one), 400) for one in (*data.get("missing", ()), *data.get("highlights", ()))]


def report_figures(message: Message) -> list[tuple[str, str, str]]:
    """Label, value and change against what is usual of the key metrics; `–` for what is not known."""
    data = message.event["data"]
    figures = {one["metric"]: one for one in data.get("figures", ())}
    return [
        (label, figure(figures, name, data), changed(figures.get(name, {}).get("vs_usual_pct")))
        for name, label in LABELS.items()
        if name in figures
    ]


def report_accounts(message: Message) -> list[str]:
    """A line per account of a report over all of them, in its own currency."""
    accounts: Sequence[Mapping[str, Any]] = message.event["data"].get("accounts", ())
    lines = []
    for one in accounts[:SHOWN_ACCOUNTS]:
        spend, roas = one.get("total_spend"), one.get("overall_roas")
        amount = UNKNOWN if spend is None else money(spend, one.get("currency"))
        value = UNKNOWN if roas is None else f"{roas:,.2f}"
        lines.append(f"{one_line(str(one.get('account_name')), 80)}: {amount}, ROAS {value}")
    more = len(accounts) - len(lines)
    return [*lines, f"{more:,} more"] if more > 0 else lines


def report_text(message: Message) -> str:
    """All of it as plain text."""
    figures = [
        f"{label}: {value}" + (f" ({change} v. usual)" if change != UNKNOWN else "")
        for label, value, change in report_figures(message)
    ]
    leads_to = [f"The whole report: {url}" for _, url in links(message)]
    parts = [[report_title(message)], report_lines(message), figures, report_accounts(message), leads_to]
    return "\n\n".join("\n".join(part) for part in parts if part)


def figure(figures: Mapping[str, Mapping[str, Any]], name: str, data: Mapping[str, Any]) -> str:
    """A metric's value with its unit."""
    value = figures.get(name, {}).get("value")
    if value is None:
        return UNKNOWN
    if name in MONEY:
        return money(value, data.get("currency"))
    if name == "conversions":
        return f"{value:,.0f}"
    return f"{value:,.2f} %" if name == "ctr" else f"{value:,.2f}"


def changed(percent: float | None) -> str:
    """`+12 %`, `±0 %`."""
    if percent is None:
        return UNKNOWN
    return f"{percent:+,.0f} %".replace("-", "−") if round(percent) else "±0 %"

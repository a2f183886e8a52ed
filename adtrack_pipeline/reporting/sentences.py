"""A report in a few plain sentences, for the top of the page and for messages. Pure."""

from collections import Counter
from collections.abc import Sequence

from adtrack_pipeline.reporting import numbers
from adtrack_pipeline.reporting.comparing import Compared
from adtrack_pipeline.reporting.report import SEVERITIES, AlertLine, Report

CONVERSIONS_COME = "Conversions of this day still come in"


def highlights(report: Report) -> list[str]:
    """What happened, what it compares to, what needs somebody."""
    if report.sums is None:
        return ["There are no numbers for this day yet."]
    if not report.sums.spend and not report.sums.conversions:
        said = [
            "Nothing was spent on this day." if report.has_delivery else "Nothing was delivered for five weeks."
        ]
    else:
        lines = report.compared_by_name()
        said = [_spend(report, lines["spend"]), *_earned(report, lines)]
    return [*said, *_alerts(report.alerts), *_unrated(report)]


def ripeness_note(report: Report) -> str | None:
    """How to read the conversions of a day that is not final; None when there is nothing to say."""
    if not report.is_unripe or report.sums is None:
        return None
    if report.sums.is_ripe:
        return (
            f"{CONVERSIONS_COME}. Large figures are what is reported so far; changes compare what is expected "
            "once all have arrived (nowcast), learned from how late this account's conversions came before."
        )
    return (
        f"{CONVERSIONS_COME}, and how many is not known yet: it is learned from the account's own first weeks. "
        "Until then revenue, conversions, ROAS and CPA of young days are shown as reported and not compared."
    )


def _spend(report: Report, line: Compared) -> str:
    amount = numbers.money(line.value, report.currency)
    where = " in the accounts that have a rate" if report.unrated else ""
    where = " in the accounts that were read" if report.is_partial else where
    if line.usual.percent is None:
        return f"{amount} were spent{where}."
    return f"{amount} were spent{where}, {_against(line.usual.percent)} what is usual for a {report.day:%A}."


def _earned(report: Report, lines: dict[str, Compared]) -> list[str]:
    revenue, roas, conversions = lines["revenue"], lines["roas"], lines["conversions"]
    if not revenue.value and not conversions.value:
        return ["No conversion is reported so far."]
    so_far = " so far" if revenue.is_unripe else ""
    count = numbers.count(conversions.value)
    said = f"{count} conversions brought {numbers.money(revenue.value, report.currency)}{so_far}"
    if not revenue.value:
        said = f"{count} conversions{so_far}"
        cost = lines["cpa"].value
        return [f"{said}, at {numbers.money(cost, report.currency)} each." if cost else f"{said}."]
    parts = [f"{said}: ROAS {numbers.value_text(roas.value, 'ratio', None)}"]
    if roas.is_unripe and roas.ripe is not None:
        parts.append(f"{numbers.value_text(roas.ripe, 'ratio', None)} once all have arrived")
    if roas.usual.percent is not None:
        parts.append(f"{_against(roas.usual.percent)} usual")
    return [", ".join(parts) + "."]


def _alerts(alerts: Sequence[AlertLine]) -> list[str]:
    if not alerts:
        return []
    counts = Counter(one.severity for one in alerts)
    listed = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    if len(alerts) == 1:
        return [f"One alert is open ({listed})."]
    return [f"{len(alerts)} alerts are open ({listed})."]


def _unrated(report: Report) -> list[str]:
    if not report.unrated:
        return []
    return [
        f"No rate to {report.currency} is known for {', '.join(report.unrated)}: these accounts are in no total."
    ]


def _against(percent: float) -> str:
    if abs(percent) < 2:
        return "about"
    shown = numbers.signed(percent).lstrip("+−±")
    return f"{shown} {'above' if percent > 0 else 'below'}"

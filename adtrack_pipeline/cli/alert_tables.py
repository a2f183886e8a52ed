"""Alerts and silences as tables. Names and messages are printed as they are: brackets in them are no markup."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from adtrack_pipeline.wording import money

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": ""}


def alert_table(alerts: Sequence[dict[str, Any]], now: datetime) -> Table:
    """One row per alert."""
    table = Table("id", "severity", "status", "since", "account", "object", "what", "at stake")
    for alert in alerts:
        amount = alert["money_at_stake"]
        table.add_row(
            str(alert["alert_id"]),
            Text(alert["severity"], style=COLOURS[alert["severity"]]),
            _status(alert, now),
            _age(now, alert["began_at"]),
            _plain(alert["account_name"] or alert["account_id"]),
            _plain(f"{alert['level']} {alert['object_name'] or alert['object_id']}"),
            _plain(alert["message"]),
            "" if amount is None else money(amount, alert["currency"]),
        )
    return table


def silence_table(silences: Sequence[dict[str, Any]]) -> Table:
    """One row per silence that holds."""
    table = Table("silence", "covers", "until (UTC)", "who", "why")
    names = {"account_id": "account", "campaign_id": "campaign", "object_id": "object", "alert_type": "type"}
    for silence in silences:
        covers = [f"{word} {silence[column]}" for column, word in names.items() if silence[column]]
        table.add_row(
            str(silence["silence_id"]),
            _plain(", ".join(covers) or "everything"),
            f"{silence['until_at']:%Y-%m-%d %H:%M}",
            _plain(silence["who"]),
            _plain(silence["why"]),
        )
    return table


def _status(alert: dict[str, Any], now: datetime) -> Text:
    words = [alert["status"]]
    if alert["acknowledged_by"] and alert["status"] == "acknowledged":
        words.append(f"by {alert['acknowledged_by']}")
    if alert["snoozed_until"] and alert["snoozed_until"] > now:
        words.append(f"snoozed until {alert['snoozed_until']:%d %b %H:%M}")
    if alert["silenced_by"]:
        words.append(f"silence {alert['silenced_by']}")
    if alert["suppressed_by"]:
        words.append(f"explained by {alert['suppressed_by']}")
    if not alert["pages"]:
        words.append("recorded")
    return _plain(", ".join(words))


def _age(now: datetime, since: datetime) -> str:
    hours = (now - since).total_seconds() / 3600
    return f"{hours / 24:.0f} d" if hours >= 48 else f"{hours:.0f} h"


def _plain(text: str | None) -> Text:
    return Text("".join(one if one.isprintable() else " " for one in text or ""))

"""A daily report as Block Kit: headline, sentences, key figures in two columns, accounts. Pure.

Does not belong here: posting it, escaping (`slack.py`).
"""

from collections.abc import Callable
from typing import Any

from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.report_words import (
    UNKNOWN,
    report_accounts,
    report_figures,
    report_lines,
    report_title,
)

MAX_FIELDS = 10  # of one section, as Slack documents
MAX_TEXT = 3_000
MAX_HEADER = 150


def report_blocks(message: Message, escape: Callable[[str], str]) -> list[dict[str, Any]]:
    """The blocks; `escape` makes text of others safe for mrkdwn."""
    header = {"type": "plain_text", "text": report_title(message)[:MAX_HEADER], "emoji": False}
    blocks: list[dict[str, Any]] = [{"type": "header", "text": header}]
    if lines := report_lines(message):
        blocks.append({"type": "section", "text": _text("\n".join(f"• {escape(line)}" for line in lines))})
    fields = [
        _text(f"*{label}*\n{escape(value)}" + (f"  ({escape(change)} v. usual)" if change != UNKNOWN else ""))
        for label, value, change in report_figures(message)
    ]
    if fields:
        blocks.append({"type": "section", "fields": fields[:MAX_FIELDS]})
    if accounts := report_accounts(message):
        blocks.append({"type": "section", "text": _text("\n".join(escape(line) for line in accounts))})
    note = "The whole report is in the mail, in the Dagster UI (ops/reports) and in adtrack report --open."
    for _, url in links(message):
        note = f"<{url}|Open the whole report>"
    blocks.append({"type": "context", "elements": [_text(note)]})
    return blocks


def _text(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text[:MAX_TEXT], "verbatim": True}

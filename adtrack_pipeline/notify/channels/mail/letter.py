"""One e-mail about alerts, or about a report: HTML with charts, and the same as plain text.

Everything of others is escaped.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.mail.charts import Chart, chart_of
from adtrack_pipeline.notify.channels.mail.report import put_report
from adtrack_pipeline.notify.channels.message import SANDBOX, Message
from adtrack_pipeline.notify.channels.plain import plain_text
from adtrack_pipeline.notify.channels.report_words import first_line
from adtrack_pipeline.notify.channels.summary import Summary, summarise
from adtrack_pipeline.notify.channels.words import counts, facts, one_line, title

MAX_SUBJECT = 180
MAX_CHARTS = 5
COLOURS = {"low": "#2f6fb0", "medium": "#b8860b", "high": "#d2691e", "critical": "#b22222"}
DOMAIN = "adtrack.invalid"  # of message ids only, which need one


def write_letter(messages: Sequence[Message], *, sender: str, to: Sequence[str], at: datetime) -> EmailMessage:
    """The letter, ready to be sent. The same messages have the same Message-ID, also when they are sent again."""
    summary = summarise(messages)
    subject = one_line(f"[adtrack] {first_line(summary)}", MAX_SUBJECT)
    letter = EmailMessage(policy=SMTP.clone(max_line_length=200))
    letter["Subject"] = subject
    letter["From"] = sender
    letter["To"] = ", ".join(to)
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{_key(messages)}@{DOMAIN}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Adtrack-Events"] = ", ".join(one.event_id for one in messages[:20])
    if len(messages) == 1 and messages[0].is_report:
        put_report(letter, messages[0])
        return letter
    charts = _charts(summary)
    letter.set_content(plain_text(summary))
    letter.add_alternative(html(summary, subject, charts), subtype="html")
    page = letter.get_body(("html",))
    assert page is not None
    for chart in charts.values():
        page.add_related(chart.png, "image", "png", cid=f"<{chart.cid}>", filename=f"{chart.cid}.png")
    return letter


def html(summary: Summary, subject: str, charts: dict[str, Chart]) -> str:
    """The page. No scripts, no remote images, no links made of what others wrote: only those of `links.py`."""
    parts = [f"<p>{escape(line)}</p>" for line in counts(summary)]
    parts += [_alert(message, charts.get(message.event_id)) for message in summary.shown]
    banner = ""
    if any(one.is_sandbox for one in summary.shown):
        banner = (
            f'<p style="background:#fff3cd;padding:8px"><b>{SANDBOX}</b>: simulated data, no real ad account.</p>'
        )
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>"
        '<body style="font-family:sans-serif;max-width:680px;margin:auto;color:#222">'
        f"{banner}{''.join(parts)}</body></html>"
    )


def _alert(message: Message, chart: Chart | None) -> str:
    colour = "#2e8b57" if message.is_resolved else COLOURS[message.severity.value]
    rows = "".join(
        f'<tr><td style="color:#666;padding-right:12px">{escape(label)}</td>'
        f"<td>{escape(one_line(value, 300))}</td></tr>"
        for label, value in facts(message)
    )
    picture = ""
    if chart:
        picture = f'<p><img src="cid:{chart.cid}" alt="{escape(chart.title)}" style="max-width:100%"></p>'
    return (
        f'<div style="border-left:4px solid {colour};padding:4px 12px;margin:16px 0">'
        f"<h3>{escape(title(message))}</h3><p>{escape(one_line(message.text, 2_000))}</p>"
        f"<table>{rows}</table>{_links(message)}{picture}</div>"
    )


def _links(message: Message) -> str:
    anchors = [f'<a href="{escape(url)}">{escape(label)}</a>' for label, url in links(message)]
    return f"<p>{' · '.join(anchors)}</p>" if anchors else ""


def _charts(summary: Summary) -> dict[str, Chart]:
    """Charts of the first alerts that have evidence to draw, by event id."""
    charts: dict[str, Chart] = {}
    for message in summary.shown:
        if len(charts) < MAX_CHARTS and (chart := chart_of(message)):
            charts[message.event_id] = chart
    return charts


def _key(messages: Sequence[Message]) -> str:
    return hashlib.sha256(",".join(one.event_id for one in messages).encode()).hexdigest()[:32]

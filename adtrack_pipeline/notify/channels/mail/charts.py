"""The picture of an alert's evidence, when there is some to draw."""

from dataclasses import dataclass

from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.words import title


@dataclass(frozen=True)
class Chart:
    """A PNG and the id it has within a letter."""

    cid: str
    title: str
    png: bytes


def chart_of(message: Message) -> Chart | None:
    """None without a series in the evidence, or when it cannot be drawn."""
    alert = message.alert
    series = alert.evidence.get("series") if alert else None
    if not alert or not isinstance(series, dict) or not series:
        return None
    # Importing matplotlib takes a second: only a letter with a chart pays for it.
    from adtrack_pipeline.notify.chart import evidence_png  # noqa: PLC0415

    name = title(message)
    png = evidence_png(series, title=name, unit=str(series.get("unit") or alert.metric))
    return Chart(f"chart-{message.event_id}", name, png) if png else None

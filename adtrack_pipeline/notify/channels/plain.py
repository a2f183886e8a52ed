"""A message to people as plain text: for mail readers without HTML and for services that show text only."""

from adtrack_pipeline.notify.channels.links import links
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.report_words import report_text
from adtrack_pipeline.notify.channels.summary import Summary
from adtrack_pipeline.notify.channels.words import counts, facts, one_line, title

MAX_SENTENCE = 1_000


def plain_text(summary: Summary) -> str:
    """All of it, one paragraph per alert."""
    paragraphs = ["\n".join(counts(summary))] if summary.rest else []
    paragraphs += [_paragraph(message) for message in summary.shown]
    return "\n\n".join(paragraphs)


def _paragraph(message: Message) -> str:
    if message.is_report:
        return report_text(message)
    leads_to = [f"{label}: {url}" for label, url in links(message)]
    known = [f"{label}: {one_line(value, 200)}" for label, value in facts(message)]
    lines = [title(message), one_line(message.text, MAX_SENTENCE), " · ".join(known), *leads_to]
    return "\n".join(line for line in lines if line)

"""A daily report as a letter: the page as its body, every picture attached and shown in place.

Mail programs drop `data:` pictures and SVG; what the page holds as `data:` is attached under an id instead. A page
that was purged leaves the plain text.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape

from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.report_words import report_text

# What our own page writes; anything else stays as it is.
_PICTURE = re.compile(r'src="data:image/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)"')


@dataclass(frozen=True)
class Attached:
    """A picture and the id it has within the letter."""

    cid: str
    subtype: str
    content: bytes


def put_report(letter: EmailMessage, message: Message) -> None:
    """Give a letter the report as its body: plain text, and the page with its pictures."""
    plain = report_text(message)
    letter.set_content(plain)
    if message.page is None:
        letter.add_alternative(f"<!doctype html><pre>{escape(plain)}</pre>", subtype="html")
        return
    html, pictures = with_attachments(message.page)
    letter.add_alternative(html, subtype="html")
    page = letter.get_body(("html",))
    assert page is not None
    for one in pictures:
        page.add_related(
            one.content, "image", one.subtype, cid=f"<{one.cid}>", filename=f"{one.cid}.{one.subtype}"
        )


def with_attachments(page: str) -> tuple[str, list[Attached]]:
    """The page with `cid:` in place of `data:`, and each picture once."""
    pictures: dict[str, Attached] = {}

    def replaced(found: re.Match[str]) -> str:
        try:
            content = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            return 'src=""'
        cid = f"report-{hashlib.sha256(content).hexdigest()[:24]}"
        pictures[cid] = Attached(cid, found[1], content)
        return f'src="cid:{cid}"'

    return _PICTURE.sub(replaced, page), list(pictures.values())

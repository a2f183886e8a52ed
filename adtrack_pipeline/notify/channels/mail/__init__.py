"""E-mail: `letter.py` draws a message, `smtp.py` sends it."""

from adtrack_pipeline.notify.channels.mail.channel import EmailChannel

__all__ = ["EmailChannel"]

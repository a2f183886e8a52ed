"""How starting the machine's processes fails."""


class ServiceError(Exception):
    """A process could not be started or kept; the text is one sentence: what, where, what to do."""

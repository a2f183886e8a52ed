"""What can go wrong with an export, each told in one sentence."""


class ExportError(Exception):
    """A mistake in the call: an unknown table or column, no condition, a file that cannot be written."""


class UnfinishedExportError(Exception):
    """The call was right, and the export did not get to its end: no time or no space was left."""

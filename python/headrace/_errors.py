"""The one exception of the package."""


class HeadraceError(Exception):
    """What went wrong, where, and what to do about it: the message of the command line, or of the export."""

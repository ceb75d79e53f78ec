"""The one exception of the package."""


class HeadraceError(Exception):
    """What went wrong, where, and what to do about it: the message of the program, or of the export.

    `exit_code` is the program's (2: a wrong call, 1: a failure), None when the error came from Python.
    """

    def __init__(self, message, exit_code=None):
        super().__init__(message)
        self.exit_code = exit_code

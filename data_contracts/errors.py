"""The one error a user may see: a line or two naming the file, the row or column, the mend."""


class LinliError(Exception):
    """Something the user can mend; its text is shown as it is, without a traceback.

    `zh`: the same in Chinese, where there is a translation.
    """

    def __init__(self, message: str = "", zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh


class ExportError(LinliError):
    """An export cannot be read, or lacks what its contract demands."""


class NoDataError(LinliError):
    """There is nothing to work on for the business date asked for."""

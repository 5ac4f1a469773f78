"""Errors that users may see: a line or two with the file, the row or column, and the fix."""


class BilingualError(Exception):
    """An error with a Chinese translation in `zh`, which may be empty."""

    def __init__(self, message: str = "", zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh


class LinliError(BilingualError):
    """An error the user can fix; its text is shown as it is, without a traceback."""


class ExportError(LinliError):
    """An export cannot be read, or lacks what its contract requires."""


class NoDataError(LinliError):
    """There is no data for the requested business date."""


class StatedError(BilingualError, ValueError):
    """An entry in platform.toml, a mapping or a list of renames is wrong."""


class GivenError(BilingualError, ValueError):
    """An argument of a command (a file, a folder, a number) is not valid."""


def zh_of(error: BaseException) -> str:
    """Return the Chinese text of an error, or its text if it has no Chinese."""
    return getattr(error, "zh", "") or str(error)

"""The one error a user may see: a line or two naming the file, the row or column, the mend."""


class BilingualError(Exception):
    """An error that says the same in Chinese, `zh`, where there is a translation."""

    def __init__(self, message: str = "", zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh


class LinliError(BilingualError):
    """Something the user can mend; its text is shown as it is, without a traceback."""


class ExportError(LinliError):
    """An export cannot be read, or lacks what its contract demands."""


class NoDataError(LinliError):
    """There is nothing to work on for the business date asked for."""


class StatedError(BilingualError, ValueError):
    """What somebody wrote in platform.toml, a mapping or a list of renames is wrong."""


class GivenError(BilingualError, ValueError):
    """What a command was given (a file, a folder, a number) is not what it takes."""


def zh_of(error: BaseException) -> str:
    """What an error says in Chinese, or as it says it where it has no Chinese."""
    return getattr(error, "zh", "") or str(error)

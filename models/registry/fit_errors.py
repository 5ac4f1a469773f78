"""Turn failures of a model fit into one exception, independent of the library.

Contains which errors of LightGBM and of memory count as a failed fit. Not here: the fallback
(`assets/predict`). Any other exception is a bug and passes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what a fit returns, for modules that may not import LightGBM
    from lightgbm import Booster as Booster


class FitError(RuntimeError):
    """The data or the available memory did not allow a model."""


@contextmanager
def named_failures(what: str) -> Iterator[None]:
    """Raise FitError naming `what` if LightGBM or memory fails in the block."""
    from lightgbm.basic import LightGBMError

    try:
        yield
    except LightGBMError as error:
        raise FitError(f"{what}: LightGBM says {str(error).splitlines()[0][:200]}") from error
    except MemoryError as error:
        raise FitError(f"{what}: out of memory") from error

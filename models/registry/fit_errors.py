"""A fit that fails, under one name: who runs models need not know which library fits them.

Belongs here: which errors of LightGBM and of memory count as a failed fit. Does not: what is done
instead (`assets/predict`). Anything else that is raised is a fault of ours and is let through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what a fit returns, for modules that may not import LightGBM
    from lightgbm import Booster as Booster


class FitError(RuntimeError):
    """The data or the memory at hand gave no model."""


@contextmanager
def named_failures(what: str) -> Iterator[None]:
    """Raise FitError naming `what` where LightGBM or memory fails within."""
    from lightgbm.basic import LightGBMError

    try:
        yield
    except LightGBMError as error:
        raise FitError(f"{what}: LightGBM says {str(error).splitlines()[0][:200]}") from error
    except MemoryError as error:
        raise FitError(f"{what}: out of memory") from error

"""Units of columns: a closed list, so that the unit of a quantity is never guessed.

Not here: conversions of foreign exports (`data_contracts.mappings`).
"""

from enum import StrEnum


class Unit(StrEnum):
    """Unit of a column's values."""

    NONE = "none"
    YUAN = "yuan"
    SALE_UNITS = "sale_units"  # pieces or kilograms, whichever `sale_unit` of the row says
    PIECES = "pieces"
    SECONDS = "seconds"
    HOURS = "hours"
    DAYS = "days"
    YEARS = "years"
    RATIO = "ratio"  # 0..1
    PERCENT = "percent"
    MILLIMETRES = "millimetres"
    CELSIUS = "celsius"
    BEAUFORT = "beaufort"
    ROWS = "rows"
    COUNT = "count"
    PROBABILITY = "probability"
    MEBIBYTES = "mebibytes"

"""Load the definitions for Dagster's services, with partitions from the platform's first day on.

With days from 1990 on, a day would be narrower than a pixel. The CLI does not load this module: it
runs any day. Earlier days of later exports appear when the location is reloaded
(`cli/reload_days.py`).
"""

from assets.framework.partitions import set_first_day
from pipelines.first_day import first_day
from pipelines.settings import Settings

set_first_day(first_day(Settings.from_environment().linli_home()))

from pipelines.definitions import defs as defs  # noqa: E402  assets read the partitions at import

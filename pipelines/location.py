"""What Dagster's services load: the definitions, with days from the platform's first one on.

Counted from 1990 a day would be narrower than a pixel. The CLI does not load this: it runs any day.
Days that exports bring later are there once the location is loaded again (`cli/reload_days.py`).
"""

from assets.framework.partitions import begin_at
from pipelines.first_day import first_day
from pipelines.settings import Settings

begin_at(first_day(Settings.from_environment().linli_home()))

from pipelines.definitions import defs as defs  # noqa: E402  assets take the days as they are made

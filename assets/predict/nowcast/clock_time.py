"""State the clock time of a nowcast, the configuration of its job."""

import dagster as dg


class ClockTime(dg.Config):
    """`known_until`: local clock time, like 2026-10-31T18:00; nothing from it on is read."""

    known_until: str

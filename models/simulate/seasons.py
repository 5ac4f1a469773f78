"""Build the decreed calendar, school seasons, festivals and local events; build HOLIDAYS.

Decrees come from `chinese_calendar`. A day past its last year is an ordinary weekday and has no
holiday row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pyarrow as pa

from data_contracts.codes.context import CalendarKind
from data_contracts.exports import HOLIDAYS
from models.simulate import arrow
from models.simulate.config import LAST_CALENDAR_DAY
from models.simulate.simulated_days import Timeline

KNOWN_AHEAD_DAYS = 60  # the calendar export reaches this far past the data
SPRING = "Spring Festival"
NAMES = {
    "New Year's Day": "元旦",
    SPRING: "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
FESTIVALS = {(6, 18): "618购物节", (11, 11): "双十一", (12, 22): "冬至", (6, 1): "儿童节"}
SHOPPING_FESTIVALS = ("618购物节", "双十一")
SPRING_STOCK_UP_DAYS = 12  # days before the holiday block in which people stock up


@dataclass(frozen=True)
class Seasons:
    """Flags per simulated day, the future ones too; `local` is region × day."""

    weekday: np.ndarray  # 0 Monday
    month: np.ndarray
    day_of_year: np.ndarray
    holiday: np.ndarray
    makeup_workday: np.ndarray
    holiday_eve: np.ndarray
    before_spring: np.ndarray  # 0 to 1, rising towards the festival
    during_spring: np.ndarray
    school: np.ndarray
    solstice: np.ndarray
    shopping: np.ndarray
    local: np.ndarray


def decree(day: date) -> tuple[str | None, bool]:
    """(English holiday name or None, True when it is a make-up workday)."""
    if day > LAST_CALENDAR_DAY:
        return None, False
    free, name = chinese_calendar.get_holiday_detail(day)
    if name is None:
        return None, False
    return name, not free and day.weekday() >= 5


def is_school_season(day: date) -> bool:
    """开学季: 25 August to 10 September."""
    return (8, 25) <= (day.month, day.day) <= (9, 10)


def build_seasons(timeline: Timeline, regions: int, rng: np.random.Generator) -> Seasons:
    """Flags of every simulated day, and one local event per region and about 90 days."""
    days = timeline.dates()
    decrees = [decree(day) for day in days]
    free = np.array([name is not None and not makeup for name, makeup in decrees])
    eves = [decree(day + timedelta(days=1)) for day in days]
    starts_tomorrow = np.array([name is not None and not makeup for name, makeup in eves])
    before, during = _spring(days)
    local = np.zeros((regions, len(days)), bool)
    for region in range(regions):
        # from the 20th day on, so that the shortest window has an event as well
        for first in range(20, len(days), 90):
            local[region, min(first + int(rng.integers(0, 60)), len(days) - 1)] = True
    return Seasons(
        weekday=np.array([day.weekday() for day in days]),
        month=np.array([day.month for day in days]),
        day_of_year=np.array([day.timetuple().tm_yday for day in days]),
        holiday=free,
        makeup_workday=np.array([makeup for _, makeup in decrees]),
        holiday_eve=starts_tomorrow & ~free,
        before_spring=before,
        during_spring=during,
        school=np.array([is_school_season(day) for day in days]),
        solstice=np.array([(day.month, day.day) in ((12, 20), (12, 21), (12, 22)) for day in days]),
        shopping=np.array([FESTIVALS.get((d.month, d.day)) in SHOPPING_FESTIVALS for d in days]),
        local=local,
    )


def _spring(days: list[date]) -> tuple[np.ndarray, np.ndarray]:
    """Nearness of the Spring Festival before it (0 to 1), and the flags of its holiday block."""
    before = np.zeros(len(days))
    during = np.array([decree(day) == (SPRING, False) for day in days])
    for index, day in enumerate(days):
        if during[index]:
            continue
        for ahead in range(1, SPRING_STOCK_UP_DAYS + 1):
            if decree(day + timedelta(days=ahead)) == (SPRING, False):
                before[index] = 1 - (ahead - 1) / SPRING_STOCK_UP_DAYS
                break
    return before, during


def holidays_export(timeline: Timeline, seasons: Seasons, region_ids: list[str]) -> pa.Table:
    """HOLIDAYS of the data's days and of the two months after them."""
    rows: list[tuple[date, str, str, str | None]] = []
    for offset in range(timeline.days + KNOWN_AHEAD_DAYS):
        day = timeline.date_of(offset)
        name, makeup = decree(day)
        if name is not None and (makeup or chinese_calendar.is_holiday(day)):
            kind = CalendarKind.MAKEUP_WORKDAY if makeup else CalendarKind.PUBLIC_HOLIDAY
            rows.append((day, NAMES[name] + ("调休上班" if makeup else ""), kind.value, None))
        if is_school_season(day):
            rows.append((day, "开学季", CalendarKind.SCHOOL_SEASON.value, None))
        if (day.month, day.day) in FESTIVALS:
            festival = FESTIVALS[(day.month, day.day)]
            rows.append((day, festival, CalendarKind.FESTIVAL.value, None))
    for region, index in zip(*np.nonzero(seasons.local), strict=True):
        event_day = timeline.date_of(int(index))
        rows.append((event_day, "社区邻里节", CalendarKind.LOCAL_EVENT.value, region_ids[region]))
    rows.sort(key=lambda row: (row[0], row[1], row[3] or ""))
    day_column, name_column, kind_column, area_column = zip(*rows, strict=True)
    return arrow.table_of(
        HOLIDAYS,
        {
            "day": pa.array(day_column, pa.date32()),
            "name": pa.array(name_column, pa.string()),
            "kind": pa.array(kind_column, pa.string()),
            "area_id": pa.array(area_column, pa.string()),
        },
    )

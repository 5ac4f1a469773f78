"""Context of demand: weather with issue time, holidays and events."""

from data_contracts.codes.context import CalendarKind, WeatherWarning
from data_contracts.columns import code, date, real, text, timestamp
from data_contracts.table import Table
from data_contracts.units import Unit

WEATHER = Table(
    name="weather",
    zh="天气",
    meaning="weather per area and day, as forecast at issued_at or, without it, as observed",
    key=("area_id", "day", "issued_at"),
    owner="supply-chain",
    columns=(
        text("area_id", "区域编号", "region_id or community_id it applies to", required=True),
        date("day", "日期", "day the weather is about", required=True),
        timestamp("issued_at", "发布时间", "when the forecast was issued; empty: an observation"),
        real("rain_mm", "降水量", "rain of the day", Unit.MILLIMETRES, minimum=0, maximum=2000),
        real("temperature_celsius", "气温", "mean", Unit.CELSIUS, minimum=-60, maximum=60),
        real("humidity_percent", "湿度", "mean", Unit.PERCENT, minimum=0, maximum=100),
        real("wind_level", "风力", "mean", Unit.BEAUFORT, minimum=0, maximum=18),
        code("warning", "预警", "warning in force", WeatherWarning),
    ),
)

HOLIDAYS = Table(
    name="holidays",
    zh="节假日与事件",
    meaning="decreed holidays, make-up workdays, school seasons, festivals, local events",
    key=("day", "name", "area_id"),
    owner="analytics",
    columns=(
        date("day", "日期", "the day", required=True),
        text("name", "名称", "name of the holiday or event", required=True),
        code("kind", "类型", "what kind of day", CalendarKind, required=True),
        text("area_id", "区域编号", "region it applies to; empty: everywhere"),
    ),
)

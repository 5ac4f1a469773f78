"""Code lists of the context: weather warnings and kinds of calendar day."""

from data_contracts.codes.code_list import Code


class WeatherWarning(Code):
    NONE = "none", "无"
    BLUE = "blue", "蓝色预警"
    YELLOW = "yellow", "黄色预警"
    ORANGE = "orange", "橙色预警"
    RED = "red", "红色预警"


class CalendarKind(Code):
    PUBLIC_HOLIDAY = "public_holiday", "法定节假日"
    MAKEUP_WORKDAY = "makeup_workday", "调休上班"
    SCHOOL_SEASON = "school_season", "开学季"
    FESTIVAL = "festival", "民俗节日"
    LOCAL_EVENT = "local_event", "本地活动"

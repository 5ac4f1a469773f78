"""Code lists of profiles: evidence, periods, intents, household, price bands."""

from data_contracts.codes.code_list import Code


class Evidence(Code):
    """Whether a profile dimension has any evidence."""

    EVIDENCE = "evidence", "有依据"
    NO_EVIDENCE = "no_evidence", "无依据"


class ActivePeriod(Code):
    """Part of the day in which a user is most active; clock hours, start inclusive."""

    MORNING = "morning", "早晨(5-10点)"
    NOON = "noon", "中午(10-14点)"
    AFTERNOON = "afternoon", "下午(14-18点)"
    EVENING = "evening", "晚间(18-22点)"
    NIGHT = "night", "深夜(22-5点)"


class SearchIntent(Code):
    """What a user searches for most."""

    QUALITY = "quality", "求品质"
    PRICE = "price", "求实惠"
    NOVELTY = "novelty", "求新"
    PLAIN = "plain", "只找商品"


class HouseholdHint(Code):
    """Household size as users stated it; never inferred from purchases."""

    ONE = "one", "单人"
    TWO = "two", "两人"
    FAMILY = "family", "多人家庭"


class PriceBand(Code):
    """Price level at which a user buys in a category: thirds of the price ranks of its SKUs."""

    LOW = "low", "低价位"
    MIDDLE = "middle", "中价位"
    HIGH = "high", "高价位"

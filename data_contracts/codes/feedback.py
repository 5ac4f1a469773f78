"""Code lists of text signals: aspects, emotions, complaint grades, sources of a value."""

from data_contracts.codes.code_list import Code


class Aspect(Code):
    """What a sentence is about: data_contracts/domain.md#aspects."""

    FRESHNESS = "freshness", "新鲜度"
    PACKAGING = "packaging", "包装"
    DELIVERY = "delivery", "配送时效"
    SERVICE = "service", "服务"
    PRICE = "price", "价格"
    WEIGHT = "weight", "分量"
    AS_DESCRIBED = "as_described", "品质与描述相符"


class Topic(Code):
    """What the complaints of an alarm have in common: an aspect, or only the product."""

    ANY = "any", "不分方面"
    FRESHNESS = Aspect.FRESHNESS.value, Aspect.FRESHNESS.zh
    PACKAGING = Aspect.PACKAGING.value, Aspect.PACKAGING.zh
    DELIVERY = Aspect.DELIVERY.value, Aspect.DELIVERY.zh
    SERVICE = Aspect.SERVICE.value, Aspect.SERVICE.zh
    PRICE = Aspect.PRICE.value, Aspect.PRICE.zh
    WEIGHT = Aspect.WEIGHT.value, Aspect.WEIGHT.zh
    AS_DESCRIBED = Aspect.AS_DESCRIBED.value, Aspect.AS_DESCRIBED.zh


class Emotion(Code):
    """What a message feels beyond its side; from text alone.

    See data_contracts/domain.md#feelings-from-text.
    """

    ANGER = "anger", "愤怒"
    DISAPPOINTMENT = "disappointment", "失望"
    DELIGHT = "delight", "惊喜满意"


class ComplaintGrade(Code):
    """Who answers, within how many hours: data_contracts/domain.md#complaint-grades."""

    LEADER_2H = "leader_2h", "团长2小时"
    SERVICE_24H = "service_24h", "客服24小时"
    TASK_FORCE_48H = "task_force_48h", "专项小组48小时"


class PolaritySource(Code):
    """What a polarity rests on."""

    MODEL = "model", "模型"
    LEXICON = "lexicon", "词典"
    STARS = "stars", "星级"
    STARS_AND_MODEL = "stars_model", "星级与模型"
    STARS_AND_LEXICON = "stars_lexicon", "星级与词典"


class SkuSource(Code):
    """How the SKU of a message is known."""

    GIVEN = "given", "导出给出"
    ORDER = "order", "订单只有一种商品"
    NAMED = "named", "文中点名"


class WishMatch(Code):
    """Whether what is wished for is among the products on offer at as_of."""

    CARRIED = "carried", "在售"
    DELISTED = "delisted", "已下架"
    NOT_CARRIED = "not_carried", "未经营"


class DriverFact(Code):
    """What a review says, or what happened to its order."""

    PRAISED = "praised", "评价中称赞"
    CRITICISED = "criticised", "评价中批评"
    HAPPENED = "happened", "履约事实"

"""Find faults that people describe without a word for them: "菜里有蟑螂", "买了三份只到两份".

Contains sentence patterns of faults, with their aspect and the grade of the complaint. Not here:
single words of blame (`lexicon_data`, `aspects`), whether the message complains (`complaints`).
Foreign bodies and illness always have the highest grade: they may hurt the next customer too.

A clause that asks, denies, supposes or suggests names no fault: "再炖烂一些就好了", "没有石子".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import Aspect, ComplaintGrade
from models.feedback.lexicon import word_polarity

LEADER, SERVICE, TASK_FORCE = (
    ComplaintGrade.LEADER_2H,
    ComplaintGrade.SERVICE_24H,
    ComplaintGrade.TASK_FORCE_48H,
)
_N: Final = r"(?:[一二两三四五六七八九十几半百]+|\d+(?:\.\d+)?)"
_PIECES: Final = (
    "(?:个|袋|盒|瓶|包|箱|份|件|样|斤|公斤|千克|克|罐|桶|支|只|条|块|把|颗|串|捆|提|卷|双|片|板|根|枚|杯|碗|"
    "筐|听|套|种|g|kg)"
)
_WEIGHT: Final = "(?:斤|两|公斤|千克|克|kg|g|毫升|ml|升|l)"
# Foreign bodies in food. Not: medicine or traps against it, a dish or hair care.
_FOREIGN: Final = (
    "(?:蟑螂|小强|苍蝇|蚊子|飞虫|飞蛾|蛾子|蚂蚁|蜘蛛|蜗牛|鼻涕虫|蚯蚓|蜈蚣|壁虎|老鼠|鼠屎|寄生虫|"
    "(?<!冬)(?<!甜)虫子?(?!草|害)|蛆|头发|毛发|猪毛|鸡毛|羽毛|指甲|牙齿|石子|石头|石块|沙子|砂子|砂石|沙粒|泥巴|泥沙|"
    "玻璃|塑料|铁丝|钢丝|钢丝球|铁钉|钉子|图钉|针头|刀片|铁片|铁屑|金属|螺丝|木屑|木刺|线头|绳子|胶带|胶布|"
    "创可贴|烟头|烟灰|纸片|纸屑|骨头渣|骨渣|碎骨|橡皮|脏东西|不明物|异物|杂质)"
)
_NO_FOREIGN: Final = (
    "(?!药|剂|贴|膏|喷|粉|拍|板|笼|夹|屋|路|馍|饼|锅|盒|杯|瓶|袋|碗|包装|膜|箱|花|护|洗|梳|饰)"
)
_IN: Final = "(?:里面?|里头|中间?|内|上面?|底下?|心里)"
_FOUND: Final = (
    "(?:吃|喝|咬|嚼|挑|捞|洗|淘|爬|飞|漂|浮|混|掺|夹|钻|发现|看到|看见|飘|跑|掉|倒|滚|翻|摸|蹦|沉|落|"
    "粘|卡|泡|冒)"
)
_ILL: Final = (
    "(?:拉肚子|拉[^,。!?]{1,5}肚子|拉稀|窜稀|跑厕所|腹泻|上吐下泻|呕吐|吐了|(?:一直|就|又|狂|全)吐|(?:脸|嘴唇|眼睛?|舌头|皮肤|身上|手)(?:都|全|又红又|很|发|红)?(?:肿|痒|麻|刺痛)|发烧|发热|(?:肚子|胃|头|嗓子|喉咙|嘴巴?|牙|浑身)(?:疼|痛|肿|痒|麻|难受)|"
    "肚子不舒服|头晕|头昏|恶心|想吐|起泡|起(?:了)?(?:红)?疹|疹子|红疹|过敏|中毒|食物中毒|医院|住院|急诊|挂水|输液|打点滴|"
    "休克|晕倒|肠胃炎)"
)
_NOT_YET: Final = "(?:还没|都没|也没|没有?|未|还未|不见|还不|迟迟(?:没|不)|迟迟未)"
_COME: Final = "(?:到|来|送|发|收|见|等|动静|消息|影|配送|出库|人)"
_ONLY_BAD: Final = -1.0  # polarity of words that are all bad
_CLAUSE: Final = "[^,。!?;:~\n]"


@dataclass(frozen=True)
class FaultPattern:
    """A shape of sentence (in normalised text), what it is about and who must answer."""

    aspect: Aspect
    grade: ComplaintGrade
    shape: re.Pattern[str]


def _fault(aspect: Aspect, grade: ComplaintGrade, *shapes: str) -> FaultPattern:
    return FaultPattern(aspect, grade, re.compile("|".join(shapes)))


FAULTS: Final = (
    # illness after eating or using it
    _fault(
        Aspect.FRESHNESS,
        TASK_FORCE,
        rf"(?<!没)(?<!还没)(?:吃|喝|用|涂|抹|敷|尝|贴|擦|喷|洗)(?!不)[^。!?;\n]{{0,10}}?(?<!不)(?<!没)(?<!没有)(?<!不会)(?<!再也不){_ILL}",
        "食物中毒|上吐下泻|吃坏",
        "(?:牙|牙齿|嘴|舌头|手)(?:都|给|被)?(?:崩|硌|划破|割破|扎|刮)",
    ),
    # something in it that does not belong there
    _fault(
        Aspect.FRESHNESS,
        TASK_FORCE,
        rf"{_IN}(?:一堆|好多|很多|好几[只条个颗粒]|一[只条个颗粒根]){_CLAUSE}{{0,4}}?{_FOREIGN}{_NO_FOREIGN}",
        rf"{_IN}(?:还|都|竟然|居然|全|全是|好多)?(?:{_FOUND}(?:出|到|着|了|来)?|有|是|带|藏)(?:着|了|过)?{_CLAUSE}{{0,6}}?{_FOREIGN}{_NO_FOREIGN}",
        rf"{_FOUND}(?:出|到|着|来|进)(?:来|了)?{_CLAUSE}{{0,6}}?{_FOREIGN}{_NO_FOREIGN}",
        rf"{_IN}(?:全|都|好多|一堆|净)(?:是|有)?(?:的)?(?:细)?(?:沙|泥|土|毛|渣|灰|虫)",
        rf"有{_CLAUSE}{{0,3}}?(?:蟑螂|苍蝇|老鼠|寄生虫|活虫|死虫|蛆|玻璃渣|铁丝|刀片|异物){_NO_FOREIGN}",
        rf"(?:爬|飞|生|长|招)(?:了|出|满|着)(?:来)?{_CLAUSE}{{0,5}}?虫",
    ),
    # not what was ordered
    _fault(
        Aspect.AS_DESCRIBED,
        SERVICE,
        "货不对[版板办样路]|对不上(?!眼)|(?:牌子|品牌|规格|型号|品种|颜色|尺码|口味|款式|产地|货号|味|商品|东西|货)(?:完全|根本|都|也|就)?(?:不对(?!劲)|错了|搞错|发错|弄错)",
        r"(?:跟|和|与)(?:我)?(?:下单|订|图片|描述|宣传|网上|页面|照片|介绍|写|标|买|拍|说)的?[^,。!?]{0,5}(?:不是(?:一|同)|不符|不一|两码事|两回事|不同|对不上|差[很太老远好])",
        r"(?:买|订|下单|点|要|拍)的(?:明明)?(?:是)?[^。!?;]{1,10}?(?:送来|发来|寄来|装来|拿来|到手|收到|来|给我|拿到|发|送)的?(?:却|居然|竟然|怎么|全|都)*(?:是|成|变成)",
        r"(?:买|订|下单|点|要|拍)的(?:明明)?(?:是)?[^,。!?;]{1,8}?(?:给我|却|结果|居然)*(?:送|发|来|拿|装|配|寄)(?:了|来)?的(?:是|却)?",
        r"我(?:要|买|订|点|拍)的[^,。!?;]{1,8}?给我(?:发|送|拿|装|来)了|不是我(?:下单|买|订|要|点|拍)",
        r"(?:送|发|来|拿|寄|收到|到)(?:来|过来)?的(?:是)?[^。!?;]{1,8}?(?:我|明明)+(?:要|买|订|点|拍)的",
        r"(?:写着|标着|说是|描述是|明明是?)[^。!?;]{1,8}?(?:收到|到手|拿到|打开)的?(?:却|居然|竟然)?(?:是|成)",
        r"图片?上?(?:看着|写|显示)?(?:是)?[^。!?;]{1,8}?(?:到手|实物|收到|拿到|送来)的?[^。!?;]{0,3}(?:是|却|全|都|成)",
        r"(?:说好|说|写着|标着|标|号称|宣传)的?(?:是)?[^。!?;]{1,8}?(?:根本|压根|完全|其实|明明|实际)(?:就)?不是",
        r"(?:给|帮)?我?(?:给|发|送|拿|寄|装|配)(?:成|错)了?(?!吗)",
    ),
    # something is missing
    _fault(
        Aspect.WEIGHT,
        LEADER,
        rf"(?:少|漏|缺|差|短)(?:了|发|送|装|给|放|拿|配|寄|带)*(?:我|我们|我家)?(?:们)?{_N}{_PIECES}(?!就|更|也行|也可以)",
        r"忘(?:了|记)?(?:给|放|装|发|送|拿|配)",
        r"漏(?:送|发|装|拿|给|配|寄|单)",
        r"没(?:有)?(?:放进|装进|给我(?!送|发)|给全|给够|发全|发齐|送全|送齐|配齐|装袋)",
        rf"(?:赠品|小票|{_N}{_PIECES}|葱|袋子|餐具|酱料|料包)[^,。!?]{{0,4}}没(?:给|送|发|装|放|有给|见)",
        rf"(?:里|中|上)的[^,。!?]{{1,6}}?没(?:有)?(?:送|发|给|装|放)|还有{_N}{_PIECES}{_CLAUSE}{{0,4}}?没",
        rf"(?:那|我的){_CLAUSE}{{1,6}}?(?:呢|去哪了?|在哪),?[^,。!?]{{0,4}}?(?:没|不)(?:看?见|到|收|给)",
        rf"{_N}{_PIECES}[^。!?]{{0,6}}?(?:只|就|才)(?:收到|拿到|到|给|来|送|发|有)了?{_N}{_PIECES}",
        rf"(?:只|才)(?:收到|拿到|到手|到了|给了|发了|送了|来了){_N}",
    ),
    # it has not come
    _fault(
        Aspect.DELIVERY,
        LEADER,
        rf"(?:{_N}(?:个)?(?:天|小时|钟头|星期|周|礼拜|日|月)|好几天|昨天|前天|一早|一上午|一下午|半天)[^。!?;]{{0,8}}?{_NOT_YET}{_CLAUSE}{{0,3}}?{_COME}",
        rf"(?:到现在|至今|现在|这会儿?|都?{_N}点(?:多|半)?了)[^。!?;]{{0,5}}?{_NOT_YET}{_CLAUSE}{{0,3}}?{_COME}",
        rf"(?:{_N}(?:个)?(?:天|小时|星期|周|礼拜|月)|好几天|好久)了?(?:,)?(?:我的)?(?:货|快递|包裹|东西)?(?:还|都|仍|一直)(?:然|旧)?(?:在路上|在途|在仓库|没影|不动|是没|卡)",
        rf"(?:还是|仍然|仍旧|依然|就是|硬是)没(?:有)?(?:人)?{_COME}",
        rf"(?:又|再|硬|一直|往后)拖|拖了?{_N}(?:天|小时|周)",
        rf"(?:到现在|至今|{_N}天)[^,。!?]{{0,4}}?没人(?:发|送|通知|管)",
        "(?:还没|都没|一直没|迟迟没|没有?)(?:有)?(?:送来|送到|发货|配送|给我送|给送|给我发|到自提点)(?!过)",
        "人影(?:都|也)?没|影子(?:都|也)没|没影了?|(?:一点|啥|什么)?(?:动静|音讯|音信)(?:都|也)?没|没(?:有)?(?:动静|下文)",
        rf"(?:说好|说是|说|承诺|约好|通知|答应)(?:的)?[^,。!?;]{{0,6}}?(?:点|到|送|天)[^。!?;]{{0,6}}?(?:才(?:到|送|来)|现在(?:都|已经)?{_N}点|又变成|又改)",
        rf"等了?(?:{_N}(?:个)?(?:天|小时|钟头|多?小时)|一上午|一下午|一整?天|半天|好久|整整)[^。!?;]{{0,5}}?(?:没|才|还不|也不)",
        rf"(?:都)?(?:好几|{_N})天了?(?:,)?(?:我的)?(?:货|东西|菜|快递|包裹)(?:呢|在哪|去哪)",
        "(?:卡|停|滞留|压|堆)(?:在|着)[^,。!?]{0,4}?(?:中转|仓|路上|驿站|站点|分拣)",
        "拖到|一拖再拖|一直拖|(?:晚上|半夜|深夜)才(?:到|来|送)",
    ),
    # gone off, or never was good
    _fault(
        Aspect.FRESHNESS,
        SERVICE,
        "(?:菜|叶子?|皮|心|里面|里头|全|都|已经|一半|有的|有些|边上?|大半|香蕉|果肉|肉|瓜|菜心|豆角|叶)(?:都|全|已经|是)*(?:黄了|黑了|绿了|发黄|发黑|发绿|变黑|变黄|变软|发软|软了|烂根|烂心|蔫了|烂掉|发暗|棕色|褐色|黑心|空心|冻坏|冻烂)",
        "颜色(?:都|已经|很)?(?:不对|发|变)|黑心(?:的|了)|烂成|(?:叶|皮|肉)[^,。!?]{0,3}(?:化水|流水|出水)",
        "(?:绿|白|黑|霉|长)毛|霉[斑点]|散黄|结块|化冻|解冻了|(?:粘|黏|冻)(?:在|成)?一(?:块|坨|团)|发[粘黏酸臭馊](?!面|豆腐)|[粘黏](?:手|糊|乎|乎乎|哒哒|液)|黏?糊糊的|拉丝|发芽|酸败|哈喇|哈味|胀气",
        "(?:股|有|一股|带)(?:子|点|些|很重的|浓浓的)?(?:骚|酒|腥臭|氨水|农药|汽油|塑料|煤油|机油|药水?|消毒水|铁锈|哈喇|哈|馊|霉|腐)味",
        "(?:虾|鱼|蟹|螃蟹|贝|花甲|蛤蜊|海鲜)(?:收到|到手|来)?(?:都|全|已经|就)?(?:是)?死的?(?:了|掉)?",
        "(?:切开|打开|剥开|掰开|里面|还)(?:一看)?(?:都|全)?(?:是|还是)(?:生|夹生|半生|坏|空|苦|烂)的?",
        rf"(?:还有|只剩|就剩|差)(?:下)?{_N}天(?:就)?(?:到|过|临)?(?:保质期|过期|到期)|(?:快|马上|就要|临近)(?:过期|到期)|临期",
        "没法(?:吃|喝|入口)|不能(?:吃|喝)了|咽不下|吃不成|只能(?:扔|倒)|全(?:扔|倒)了",
    ),
    # the wrapping did not hold
    _fault(
        Aspect.PACKAGING,
        LEADER,
        "(?:胀|涨|鼓)(?:包|袋)|漏气|没(?:拧|盖|封)(?:紧|好|严)|(?:流|洒|撒|淌|漏)(?:得|的|了|出)?(?:到处|一地|一路|一袋|满|一身|一车)",
        "(?:压|挤|撞|踩|摔)(?:瘪|扁|烂|碎|坏|破|爆|裂|变形)|(?:全|都|给)(?:爆|炸|裂|瘪)了|[瘪凹](?:进去|了)|弄得(?:满|到处|一)|漏(?:油|水|汤|液|气)",
        "(?:封口|盖子|包装|袋口|口子)(?:都|是|已经)?(?:开了|裂了|掉了|松了|没封|破)",
        "(?:豁|破|烂|划|撕)(?:了|开|出)?(?:个|一个|一道|好大|大)*(?:口子|洞|窟窿)",
        "(?:磕|碰|碎|压|摔|挤|裂)(?:了|碎|破|烂)?(?:了)?(?:一半|大半|好几|不少|几个|很多|全部)",
        "(?:全|都|已经)(?:成|变成|化成|化)水?了|成水了|化成水|变成(?:一滩)?水",
        "(?:盒|袋|瓶|罐|箱)子?(?:都|全|也|给)?(?:瘪|扁|裂|烂|破)了",
    ),
    # less than it says
    _fault(
        Aspect.WEIGHT,
        SERVICE,
        rf"(?:说|标|写|号称|买|订|下单|净含量|原本|应该){_CLAUSE}{{0,6}}?{_N}{_WEIGHT}[^。!?;]{{0,8}}?(?:才|只有|不到|不足|就|实际|一称|称){_CLAUSE}{{0,5}}?{_N}",
        rf"{_N}{_WEIGHT}(?:的|装)[^,。!?]{{0,5}}?(?:只有|才|就|实际|称)[^,。!?]{{0,4}}?{_N}",
        "缺斤(?:少|短)两|短斤(?:少|缺)两",
        rf"{_N}{_WEIGHT}(?:都|也)?不(?:到|足|够)|连{_N}{_WEIGHT}都没",
        "(?:净含量|重量|分量|份量|斤两)[^,。!?]{0,6}?(?:差[^不]|不符|不一样|不一致|不对|少了)",
        "(?:称|秤)(?:了)?(?:一下)?[^。!?;]{0,4}?(?:少了|不够|差[了一两三])",
    ),
    # how one is treated
    _fault(
        Aspect.SERVICE,
        SERVICE,
        "(?:说话|语气|态度|口气)(?:特别|很|太|真|非常|好|也|极|超|巨|贼|十分|极其|相当)?(?:冲|凶|横|差|难听|不耐烦|阴阳怪气)|爱理不理|爱答不理|甩脸|骂人|装死|装聋|不吭声|不搭理|凶我|骂我|(?:冲|对|跟|朝)我(?:发火|吼|嚷|喊|凶)",
        "打不通|没人接|不接电话|已读不回|不回(?:我|消息|信息|微信|话|复)|没人(?:回|理|管)|联系不上|拉黑|踢出?群|删(?:了)?我的?评",
        "(?:钱|款|退款)(?:到现在|一直|还|至今|都)*(?:没影|没退|没到账|没到|不退|没给)",
        "(?:把|将)我的?[^,。!?]{0,6}?(?:给|卖给|让给|发给)(?:了)?别人|被别人(?:拿|领)",
        "一直(?:让|叫)(?:我|人)等|推来推去|互相推|答应[^,。!?]{0,8}(?:又|却)不|说话不算",
    ),
    # money
    _fault(
        Aspect.PRICE,
        SERVICE,
        rf"扣了?(?:我)?(?:两|三|几|2|3)(?:次|遍|回)|(?:多|重复|乱)(?:扣|收)(?:了)?(?:我|费|钱|款|{_N})|(?:券|红包|优惠|满减)[^,。!?]{{0,6}}?(?:没|不)(?:给|有|能)?(?:我)?(?:抵|减|用上|生效|扣)",
        "割韭菜|当韭菜|被割|杀熟|刚(?:买|下单|拍|付|下完单)[^。!?;]{0,6}?(?:降|便宜|打折)|(?:求|给|要|讨)个?说法",
    ),
)
# A clause that asks, supposes or suggests says nothing of what was delivered.
_ASKS: Final = re.compile(
    r"(?:吗|(?<![什怎这那])么|嘛)\??$|吧\?$|要不要|会不会|有没有|能不能|([甜酸咸辣大新好熟硬软])不\1|能\S{0,2}几(?:天|个|点)|(?:几|多少|谁)[^,]*\?$|"
    r"多少钱|几点(?!了)|几天能|(?:什么|啥)时候|怎么(?:用|做|吃|弄|下单|买|保存|卖)|哪里(?:买|看|领)"
)
_SUGGESTS: Final = re.compile(
    r"(?:再|更|能|多|少)[^,。!?]{0,10}?(?:就|更|会)(?:更|完美|好|实在|香|棒|满意|赞|加分|五星)|"
    r"^(?:建议|如果|要是|假如|最好|可以考虑|希望|期待|下次|以后)(?!.*(?:别再|不要再|退|赔|补发|补送|换货|换一[个下份]|说法|处理|解决))|"
    r"[^,。!?]{1,8}一?(?:点|些)(?:就|更|给|比较)[^,。!?]{0,6}(?:好|香|合适|正好|完美)"
)
_INSTRUCTS: Final = re.compile(
    r"(?:^|[,。!?;])(?:团长|客服|老板|亲|你好|您好)?(?:客服)?(?:我)?(?:麻烦|请|帮|按|想|不想|要(?!了命)|要求|需要|不要|别|先|"
    r"明天|改天|晚上|今天)|(?:不能|不可以|可以|不宜|不用|不需要)(?:吃|喝|碰|进|放|空腹|用|加|晒|泡)|都行|都可以|无所谓"
)
_DENIED: Final = re.compile(r"(?:没有?|从未|从没|未|不会?|没见过?|没怎么)$")
_MENDED: Final = re.compile(
    r"(?:补|退|赔|换|处理|解决|重新?发|补发|补送)(?:给我|好|来|上)?(?:[^,。!?不没]{0,4})了(?!吗|么)"
)
_CUT: Final = re.compile(r"([,。!?;:~\n])")


def is_suggestion(clause: str) -> bool:
    """Whether a clause says how it would be better, and asks for nothing back.

    >>> [is_suggestion(one) for one in ("肘子肉再炖烂一些就好了", "建议少放盐", "希望给个说法")]
    [True, True, False]
    """
    return _SUGGESTS.search(clause) is not None


def statements(text: str) -> str:
    """Drop the clauses of a normalised text that ask or suggest.

    >>> statements("很新鲜,再便宜一点就更好了"), statements("几点提货?"), statements("很新鲜,好吃")
    ('很新鲜,', '', '很新鲜,好吃')
    """
    parts = _CUT.split(text)
    clauses = [
        (parts[place], "".join(parts[place + 1 : place + 2])) for place in range(0, len(parts), 2)
    ]
    return "".join(clause + end for clause, end in clauses if not _is_no_statement(clause, end))


def _is_no_statement(clause: str, end: str) -> bool:
    return is_suggestion(clause) or bool(_ASKS.search(clause + "?" * (end == "?")))


def is_instruction(text: str) -> bool:
    """Whether a normalised text says what somebody wants, may not or is to do: no opinion, though
    reviews with such words are bad ones.

    >>> [is_instruction(one) for one in ("麻烦放门口", "老人不能吃硬的", "芒果黑心的")]
    [True, True, False]
    """
    return _INSTRUCTS.search(text) is not None


def faults_in_text(text: str) -> list[FaultPattern]:
    """List the faults a normalised text describes, in the order of `FAULTS`.

    >>> [fault.aspect.value for fault in faults_in_text("米里有石子,还漏送一袋")]
    ['freshness', 'weight']
    """
    said = statements(text)
    return [fault for fault in FAULTS if _is_stated(fault, said)]


def _is_stated(fault: FaultPattern, said: str) -> bool:
    return any(not _DENIED.search(said[: at.start()]) for at in fault.shape.finditer(said))


def find_faults(text: pd.Series) -> pd.DataFrame:
    """Find the gravest fault of each normalised text: columns `aspect` and `grade`, the first of
    equals; empty without a fault, or where it was made good and the message is not all bad. Each
    distinct text is read once."""
    gravest_of = {one: _gravest(one) for one in text.unique().tolist()}
    gravest = pd.DataFrame(
        [gravest_of[one] for one in text.tolist()],
        columns=["aspect", "grade"],
        index=text.index,
        dtype="object",
    )
    mended = is_thankful_for_mending(text) & (gravest["grade"] != TASK_FORCE.value).to_numpy()
    gravest.loc[mended] = None
    return gravest


def is_thankful_for_mending(text: pd.Series) -> np.ndarray:
    """Whether each says that somebody made it good, and is not all bad: "马上就补给我了,点赞"."""
    mended = text.map(lambda one: _MENDED.search(one) is not None).to_numpy(dtype=bool)
    return np.asarray(mended & (word_polarity(text) > _ONLY_BAD).to_numpy())


def _gravest(text: str) -> tuple[str | None, str | None]:
    faults = faults_in_text(text)
    if not faults:
        return None, None
    places = list(ComplaintGrade)
    worst = max(faults, key=lambda fault: places.index(fault.grade))
    return worst.aspect.value, worst.grade.value

"""The assortment as plain data: categories, items, brands, and factors on their demand.

Every multiplier is a factor on the category's demand: 1 is no effect. All brands are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

from data_contracts.codes.products import FulfilmentMode, Storage

PRESALE = FulfilmentMode.PRESALE.value
PRESTOCK = FulfilmentMode.PRESTOCK.value
INSTANT = FulfilmentMode.INSTANT.value
AMBIENT = Storage.AMBIENT.value
CHILLED = Storage.CHILLED.value
FROZEN = Storage.FROZEN.value


@dataclass(frozen=True, kw_only=True)
class Category:
    """One category. `price_yuan` is the range of a middle-tier SKU; `items` are
    (name, sub-category, months on offer or "" for all, allergens)."""

    zh: str
    share: float
    mode: str
    storage: str
    shelf_days: int
    lead_days: int
    pack: int
    price_yuan: tuple[float, float]
    cost_ratio: float
    specs: tuple[str, ...]
    items: tuple[tuple[str, str, str, str], ...]
    kg_share: float = 0.0
    food: bool = True
    peak_month: int = 1
    season_swing: float = 0.0
    rain: float = 1.0
    storm: float = 1.0
    hot: float = 1.0
    cold: float = 1.0
    school: float = 1.0
    before_spring: float = 1.0
    during_spring: float = 1.0
    solstice: float = 1.0


def _items(text: str) -> tuple[tuple[str, str, str, str], ...]:
    """`name/sub-category/months/allergens` separated by blanks; months as in `12-4`."""
    rows = []
    for word in text.split():
        name, sub, months, allergens = [*word.split("/"), "", "", ""][:4]
        rows.append((name, sub, months, allergens.replace("+", "|")))
    return tuple(rows)


BRANDS: tuple[tuple[str, ...], ...] = (
    ("实惠家", "邻家优选", "日日省"),
    ("田间集", "小满记", "和顺", "禾苗"),
    ("臻选园", "有机山庄", "澜悦"),
)
TIER_WORDS = ("基础款", "", "优品")  # what the name says about the tier; the middle says nothing

CATEGORIES: tuple[Category, ...] = (
    Category(
        zh="蔬菜", share=0.17, mode=PRESALE, storage=CHILLED, shelf_days=3, lead_days=1, pack=10,
        price_yuan=(2.5, 8), cost_ratio=0.70, specs=("500g", "300g", "1kg"), kg_share=0.22,
        items=_items("上海青/叶菜 菠菜/叶菜 生菜/叶菜 西红柿/茄果 黄瓜/茄果 青椒/茄果 茄子/茄果 "
                     "土豆/根茎 胡萝卜/根茎 白萝卜/根茎 莲藕/根茎 西兰花/花菜"),
        rain=1.12, storm=1.7, before_spring=1.3, during_spring=0.7,
    ),
    Category(
        zh="水果", share=0.14, mode=PRESALE, storage=CHILLED, shelf_days=5, lead_days=1, pack=8,
        price_yuan=(8, 32), cost_ratio=0.68, specs=("1kg", "2.5kg", "500g"), kg_share=0.18,
        items=_items("红富士苹果/仁果 香蕉/热带 麒麟西瓜/瓜类/5-9 赣南脐橙/柑橘/11-3 "
                     "砂糖橘/柑橘/11-2 阳光玫瑰葡萄/浆果 草莓/浆果/12-4 "
                     "水蜜桃/核果/6-9 贵妃芒果/热带//芒果 "
                     "猕猴桃/浆果 蓝莓/浆果 皇冠梨/仁果"),
        peak_month=7, season_swing=0.15, rain=0.95, storm=0.8, hot=1.15, before_spring=1.5,
        during_spring=0.8,
    ),
    Category(
        zh="肉禽蛋", share=0.11, mode=PRESALE, storage=CHILLED, shelf_days=4, lead_days=1, pack=6,
        price_yuan=(14, 45), cost_ratio=0.78, specs=("500g", "1kg", "350g"), kg_share=0.20,
        items=_items("鲜鸡蛋/蛋//鸡蛋 猪里脊/猪肉 五花肉/猪肉 猪排骨/猪肉 鸡胸肉/鸡肉 鸡翅中/鸡肉 "
                     "牛腱子/牛肉 土鸡/鸡肉"),
        peak_month=1, season_swing=0.10, storm=1.15, before_spring=1.7, during_spring=0.7,
    ),
    Category(
        zh="水产", share=0.04, mode=PRESALE, storage=FROZEN, shelf_days=30, lead_days=2, pack=6,
        price_yuan=(18, 60), cost_ratio=0.74, specs=("400g", "600g"),
        items=_items("基围虾/虾蟹//甲壳类 鲈鱼/鱼类//鱼类 带鱼段/鱼类//鱼类 花蛤/贝类//贝类 "
                     "巴沙鱼片/鱼类//鱼类"),
        storm=0.85, before_spring=1.6, during_spring=0.7,
    ),
    Category(
        zh="乳品", share=0.08, mode=INSTANT, storage=CHILLED, shelf_days=15, lead_days=1, pack=12,
        price_yuan=(6, 45), cost_ratio=0.76, specs=("200ml×10", "1L", "100g×8"),
        items=_items("鲜牛奶/牛奶//牛奶 纯牛奶/牛奶//牛奶 原味酸奶/酸奶//牛奶 "
                     "儿童奶酪棒/奶酪//牛奶 燕麦奶/植物奶"),
        school=1.5, before_spring=1.5, during_spring=0.6,
    ),
    Category(
        zh="米面粮油", share=0.06, mode=PRESTOCK, storage=AMBIENT, shelf_days=270, lead_days=4,
        pack=6, price_yuan=(15, 75), cost_ratio=0.82, specs=("5kg", "2.5kg", "5L"),
        items=_items("东北大米/米 长粒香米/米 小麦面粉/面//小麦 挂面/面//小麦 花生油/油//花生 "
                     "菜籽油/油"),
        rain=1.05, storm=1.35, before_spring=1.6, during_spring=0.4,
    ),
    Category(
        zh="方便速食", share=0.05, mode=PRESTOCK, storage=AMBIENT, shelf_days=180, lead_days=4,
        pack=12, price_yuan=(5, 26), cost_ratio=0.70, specs=("5连包", "单桶", "3盒装"),
        items=_items("红烧牛肉面/方便面//小麦 老坛酸菜面/方便面//小麦 螺蛳粉/粉 自热米饭/自热 "
                     "酸辣粉/粉//花生"),
        rain=1.25, storm=2.6, cold=1.1, before_spring=0.9, during_spring=0.6,
    ),
    Category(
        zh="零食", share=0.08, mode=PRESTOCK, storage=AMBIENT, shelf_days=150, lead_days=5, pack=20,
        price_yuan=(6, 36), cost_ratio=0.62, specs=("100g", "500g", "30包"),
        items=_items("每日坚果/坚果//坚果 原味薯片/膨化 苏打饼干/饼干//小麦 海苔脆/海味 "
                     "猪肉脯/肉干 山楂条/果干 香辣豆干/豆制品//大豆"),
        rain=1.05, school=1.2, before_spring=2.1, during_spring=0.8,
    ),
    Category(
        zh="饮料酒水", share=0.05, mode=PRESTOCK, storage=AMBIENT, shelf_days=240, lead_days=4,
        pack=12, price_yuan=(8, 50), cost_ratio=0.68, specs=("500ml×12", "330ml×6", "1.5L×2"),
        items=_items("矿泉水/水 气泡水/水 鲜橙汁/果汁 冰红茶/茶饮 精酿啤酒/酒//小麦 可乐/碳酸"),
        peak_month=7, season_swing=0.45, rain=0.9, storm=0.75, hot=1.5, before_spring=1.8,
        during_spring=0.8,
    ),
    Category(
        zh="冷饮", share=0.02, mode=INSTANT, storage=FROZEN, shelf_days=180, lead_days=2, pack=20,
        price_yuan=(6, 30), cost_ratio=0.60, specs=("6支", "10支"),
        items=_items("绿豆雪糕/雪糕 香草冰淇淋/冰淇淋//牛奶 老冰棍/雪糕"),
        peak_month=7, season_swing=0.85, rain=0.75, storm=0.5, hot=2.0, cold=0.5,
    ),
    Category(
        zh="速冻食品", share=0.05, mode=PRESTOCK, storage=FROZEN, shelf_days=200, lead_days=3,
        pack=10, price_yuan=(10, 36), cost_ratio=0.66, specs=("1kg", "500g"),
        items=_items("猪肉白菜水饺/水饺//小麦 黑芝麻汤圆/汤圆//芝麻 "
                     "手抓饼/面点//小麦 火锅丸子/火锅"),
        peak_month=1, season_swing=0.35, storm=1.3, cold=1.35, before_spring=1.5,
        during_spring=0.7, solstice=2.2,
    ),
    Category(
        zh="烘焙", share=0.04, mode=INSTANT, storage=AMBIENT, shelf_days=7, lead_days=1, pack=6,
        price_yuan=(8, 28), cost_ratio=0.58, specs=("400g", "6枚"),
        items=_items("全麦吐司/面包//小麦 蛋黄酥/糕点//鸡蛋+小麦 奶油小蛋糕/蛋糕//鸡蛋+牛奶 "
                     "广式月饼/月饼/8-10/鸡蛋"),
        school=1.15, before_spring=1.2, during_spring=0.6,
    ),
    Category(
        zh="母婴", share=0.03, mode=PRESTOCK, storage=AMBIENT, shelf_days=720, lead_days=5, pack=4,
        price_yuan=(20, 110), cost_ratio=0.72, specs=("L码40片", "M码50片", "80抽×5"), food=False,
        items=_items("纸尿裤/纸尿裤 婴儿湿巾/湿巾 宝宝面条/辅食//小麦 棉柔巾/棉品"),
        before_spring=1.3, during_spring=0.7,
    ),
    Category(
        zh="家清纸品", share=0.04, mode=PRESTOCK, storage=AMBIENT, shelf_days=1080, lead_days=5,
        pack=8, price_yuan=(8, 48), cost_ratio=0.68, specs=("24包", "2kg", "3卷"), food=False,
        items=_items("抽纸/纸品 洗衣液/洗涤 洗洁精/洗涤 加厚垃圾袋/日杂 厨房湿巾/纸品"),
        before_spring=1.4, during_spring=0.4,
    ),
    Category(
        zh="个护", share=0.02, mode=PRESTOCK, storage=AMBIENT, shelf_days=1080, lead_days=6, pack=6,
        price_yuan=(12, 60), cost_ratio=0.60, specs=("500ml", "180g×2"), food=False,
        items=_items("氨基酸洗发水/洗护 沐浴露/洗护 护龈牙膏/口腔 洗手液/洗护"),
        during_spring=0.5,
    ),
    Category(
        zh="文具", share=0.02, mode=PRESTOCK, storage=AMBIENT, shelf_days=1800, lead_days=6,
        pack=12, price_yuan=(4, 60), cost_ratio=0.55, specs=("10支", "5本装", "1个"), food=False,
        items=_items("中性笔/书写 作业本/本册 双肩书包/书包 铅笔盒/收纳"),
        school=4.0, before_spring=0.7, during_spring=0.3,
    ),
)  # fmt: skip

FOOD = [category.food for category in CATEGORIES]
WISHES = (  # asked for in chat and search, sold by nobody here
    "车厘子", "榴莲", "大闸蟹", "冷吃兔", "无糖酸奶", "鲜百合", "手工馒头",
    "儿童雨衣", "牛油果", "宠物猫粮",
)  # fmt: skip

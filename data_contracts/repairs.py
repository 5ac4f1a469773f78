"""Kinds of repair that ingest makes to a value, with their Chinese labels.

A repair never guesses: an ambiguous value is quarantined instead. A column that a file lacks and
that ingest derives from others counts as `made`, once per row of the file.
"""

from data_contracts.codes.code_list import Code


class RepairKind(Code):
    INVISIBLE = "invisible", "去除不可见字符与空白"
    FULL_WIDTH = "full_width", "全角转半角"
    TEXT_GUARD = "text_guard", "去除Excel文本保护符"
    DECIMAL_TAIL = "decimal_tail", "去除编号尾部.0"
    NUMBER_STYLE = "number_style", "去除货币符号与千分位"
    DECIMAL_COMMA = "decimal_comma", "小数逗号改为小数点"
    ROUNDED = "rounded", "超过四位小数，四舍五入到四位"
    PERCENT = "percent", "百分数换算"
    DATE_STYLE = "date_style", "统一日期写法"
    WEEKDAY_STYLE = "weekday_style", "统一星期写法"
    TIME_STYLE = "time_style", "统一钟点写法"
    EXCEL_SERIAL = "excel_serial", "Excel日期序号换算"
    TIME_ZONE = "time_zone", "时区换算"
    BOOLEAN_WORD = "boolean_word", "统一是否写法"
    REFUSAL_WORD = "refusal_word", "按词语认定为拒绝联系"
    UNIT_WORD = "unit_word", "去除数量后的单位"
    PRICE_UNIT = "price_unit", "去除单价后的单位"
    UNIT_JIN = "unit_jin", "斤换算公斤"
    UNIT_OF_PRODUCT = "unit_of_product", "商品档案按斤计，换算公斤"
    UNIT_BOX = "unit_box", "按箱规换算箱数"
    BOX_UNKNOWN = "box_unknown", "按箱计但箱规未知：每箱按一个销售单位计，请在商品档案填箱规"
    SOLD_BY_BOX = "sold_by_box", "按箱销售，一箱即一个销售单位"
    CHARGE = "charge", "运费、补差价等费用，按名称认定为非商品，不计入需求"
    REGION_NAME = "region_name", "地区名转行政区划代码"
    SKU_RENAME = "sku_rename", "旧商品编码换新编码"
    FILLED_DOWN = "filled_down", "合并单元格或空白续行按上方填充"
    NULL_WORD = "null_word", "空值写法转为空"
    ERROR_CELL = "error_cell", "错误单元格（如 #N/A）按空处理"
    PHONE_STYLE = "phone_style", "统一电话写法"
    LOST_DIGITS = "lost_digits", "电话被当作数字保存、位数已丢失，按空处理"
    ORDER_FILLED = "order_filled", "整单字段补到该单各行"
    ORDER_SHARED = "order_shared", "整单金额分摊到各行"
    FREIGHT_OFF = "freight_off", "实付含运费，已扣除运费"
    UNPAID = "unpaid", "无付款时间且实付为0，记为待付款"
    CANCELLED = "cancelled", "有取消时间，记为已取消"
    MADE = "made", "文件没有此列，由其他列生成"

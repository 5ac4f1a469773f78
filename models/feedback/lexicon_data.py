"""The lexicon: short word lists whose effect a reader can predict.

Contains words as data. Not here: how they are counted (`lexicon`). Written from everyday Chinese
and the wording of public shop rules; no public review was used for a list.
"""

from __future__ import annotations

from typing import Final


def terms(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


POSITIVE: Final = terms(
    "好吃 好喝 好用 好看 好评 好闻 很好 挺好 真好 最好 非常好 特别好 太好了 好极了 不错 满意 "
    "喜欢 新鲜 很甜 挺甜 好甜 又甜 香甜 脆甜 甜脆 美味 可口 多汁 饱满 实惠 划算 便宜 超值 值得 "
    "推荐 点赞 给力 完美 舒服 舒适 干净 周到 贴心 热情 耐心 负责 及时 准时 很快 挺快 真快 神速 "
    "方便 正品 放心 信赖 回购 再来 会再买 还会买 下次还 继续买 感谢 谢谢 辛苦了 赞 棒 惊喜 "
    "开心 优惠 清爽 柔顺 漂亮 物美价廉 很可以 太香了 真香 严实 完好 用心 仔细 够吃 只多不少 "
    "很正 爱吃 很实在 两实在 稳定 分量足 份量足 量足 性价比高 没得挑 挑不出毛病 无可挑剔 没毛病 "
    "爱喝 太鲜 活蹦乱跳 结实 耐用 管用 效果好 下饭 正宗 入味 很鲜 真鲜 热乎 粘得牢 很顺"
)

NEGATIVE: Final = terms(
    "不好 难吃 难喝 难用 难看 难闻 太差 很差 差劲 真差 最差 好差 超差 差评 失望 后悔 "
    "垃圾 恶心 糟糕 坑人 太坑 被坑 骗人 骗子 欺骗 忽悠 假货 假的 山寨 烂 坏了 坏的 坏果 坏掉 "
    "发霉 霉了 变质 变味 馊 臭 过期 异味 异物 虫子 有虫 生虫 蔫 枯 干瘪 不熟 发黑 冻伤 化了 "
    "碎了 压坏 摔坏 破损 破了 漏了 漏液 少发 漏发 错发 发错 少了 缺斤 短斤 缺货 晚到 超时 延误 "
    "没收到 没到 迟到 太慢 很慢 太贵 好贵 涨价 太小 很小 又小 太少 太酸 很酸 没味道 没有味道 "
    "无味 敷衍 不理 态度差 态度恶劣 推脱 投诉 退货 退款 退钱 赔偿 举报 再也不 不会再 不敢再 "
    "上当 可惜 生气 气死 气人 无语 呵呵 掉色 起球 褪色 过敏 头皮屑 死机 卡顿 太吵 很脏 怪味 "
    "不对劲 次品 粗糙 差太多 缩水 虚高 就降价 压扁 裂开 洒了 撒了 变色 不敢吃 不敢用 没人处理 "
    "踢皮球 半天不 没回复 没个说法 又晚 晚了 等到晚上 丢件 数量不对 少给 不够 不舒服 肚子疼 拉肚子"
)

# Comparisons and mild criticism; patterns, not words.
WORSE: Final = (
    "不如|比不上|赶不上|不及(?:以前|之前|原来|上次|从前)|比起?(?:以前|之前|原来|上次|从前)[^,。!?]{0,3}差",
    "(?:没|没有)(?:第.次|前几次|那次|以前|之前|原来|上次|上回|从前|想象|超市|楼下|隔壁|别家|那家|图片)[^,。!?]{0,4}"
    "(?:好|甜|新鲜|香|脆|大|鲜|嫩|多|实惠|便宜|快|干净)",
    "比(?:以前|之前|原来|上次|上回|从前|图片|想象)[^,。!?]{0,4}(?:小|少|差|贵|慢|酸|薄|硬|碎|淡|烂)",
    "(?:偏|有点|有些|稍微|略微|略|过于)(?:有点|有些)?(?:酸|咸|淡|苦|涩|腥|柴|硬|老|厚|油|腻|小|少|薄|碎|干|贵|慢)",
    "差(?:了)?点意思|一般般|(?:味道|口感|质量|品质|甜度|服务)一般",
)
# In front of a good word, as far away as this, they turn it round.
_WORSE_THAN: Final = (
    "(?:不如|比不上|赶不上)[^,。!?]{0,6}?",
    "(?:没|没有)(?:第.次|前几次|那次|以前|之前|原来|上次|上回|从前|想象|超市|楼下|隔壁|别家)[^,。!?]{0,4}?",
)

# A word of either list behind one of these counts for the other side.
NEGATORS: Final = (
    terms(
        "不是很 不是那么 不是太 不怎么 不太 不够 不算 并不 毫不 一点不 一点都不 一点也不 没有那么 "
        "没那么 不是 谈不上 称不上 没有任何 没有一点 没有半点 没一点 没半点 "
        "没有一个 没有一颗 没有发现 没发现 没有什么 没有 没 不 "
        "无 未 毫无 零 难以"
    )
    + _WORSE_THAN
)

# What asks for a remedy or names a fault of goods or delivery.
COMPLAINT: Final = terms(
    "投诉 差评 举报 退款 退货 退钱 赔偿 赔钱 给个说法 太差 差劲 难吃 烂 坏了 坏的 坏果 坏掉 "
    "发霉 霉了 变质 变味 馊 臭 过期 异味 异物 虫子 有虫 生虫 破损 破了 漏了 漏液 压坏 摔坏 "
    "碎了 化了 少发 漏发 错发 发错 少了 缺斤 短斤 晚到 超时 延误 没收到 还没到 迟到 假货 骗人 "
    "骗子 坑人 上当 态度差 态度恶劣 垃圾 不新鲜 怪味 不对劲 次品 差太多 压扁 裂开 洒了 撒了 "
    "没人处理 踢皮球 没回复 没个说法 丢件 数量不对 少给 不舒服 肚子疼 拉肚子 蔫 晚了 送错 补发 "
    "都有问题 别的东西"
)

# Listed words inside these are no opinion: they are taken out before anything is counted.
# Ways to cook until it falls apart, and smells that are meant to be.
NO_OPINION: Final = terms(
    "是不是 少了(?:点|些) 还没到(?:时间|点) 软烂 烂熟 烂乎 烂糊 肉烂汤浓 臭臭的 "
    "(?:炖|煮|煲|焖|卤|蒸|熬|烧|烤)(?:得|的)?(?:很|特别|非常|够|挺|再)?烂+ "
    "垃圾袋 垃圾桶 垃圾分类 臭豆腐 臭鳜鱼 不好意思 棒棒糖 棒冰 冰棒 玉米棒 赞助 烂漫 优惠券 "
    "优惠码 方便面 再便宜点 能便宜点 便宜一点就好"
)

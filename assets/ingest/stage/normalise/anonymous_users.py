"""List the words for an anonymous customer in place of a user id: 散客, 匿名用户, guest, 0.

Shops and platforms write these for customers without an account. Counted as one customer, their
orders would make the best customer of all, whom no message could reach. Zeros are among them in
any file, because systems keep 0 for a visitor without an account. In a system that numbers its
users from 0 one user is lost, and reported; the opposite mistake would merge all visitors of a
shop.
"""

from __future__ import annotations

_PEOPLE = ("用户", "会员", "顾客", "客户", "买家", "客人")
_KINDS = (
    "匿名",
    "未知",
    "未注册",
    "未登录",
    "普通",
    "临时",
    "默认",
    "零售",
    "线下",
    "门店",
    "到店",
    "散",
)
_CHINESE = {
    *_PEOPLE,
    *(kind + who for kind in _KINDS for who in ("", *_PEOPLE) if kind not in ("散", "普通") or who),
    *(where + "散客" for where in ("", "门店", "到店", "线下", "零售", "现场")),
    *(f"{no}{who}" for no in ("非", "无") for who in ("会员", "用户")),
    *(
        "散户",
        "游客",
        "访客",
        "过客",
        "路人",
        "路人甲",
        "陌生人",
        "无名氏",
        "非注册用户",
        "现场顾客",
    ),
    *("空", "空白", "空值", "没有", "不详", "不明", "缺失", "其他", "其它", "未绑定", "未登记"),
    *("未填", "未填写", "未提供", "未留", "无编号", "无ID", "无id", "查无此人"),
    *("已注销", "已注销用户", "用户已注销", "账号已注销", "注销用户"),
}
_ENGLISH = {
    *(
        f"{kind}{who}"
        for kind in (
            "guest",
            "anonymous",
            "unknown",
            "unregistered",
            "walk-in",
            "walk in",
            "walkin",
        )
        for who in ("", *(sign + who for sign in " _-" for who in ("user", "customer", "buyer")))
    ),
    *("anon", "visitor", "nobody", "not set", "no user", "no customer", "no id", "empty", "blank"),
    *("missing", "unnamed", "passerby", "passer-by", "stranger", "non-member", "nonmember"),
    *("cash customer", "retail customer", "deleted user", "guest checkout", "null user"),
    *("user", "customer", "null", "none", "nil", "undefined"),
}
_ZEROS = {*("0" * digits for digits in range(1, 33)), "0.0", "0.00", "-1", "-1.0"}
_ZEROS.add("00000000-0000-0000-0000-000000000000")

# Characters that may surround such a word; alone they are no id either.
DRESS = " \t\r\n\u2028\u3000()（）[]【】<>《》{}\"“”'‘’*?？."

# English words are in lower case and match any case.
NOBODY = frozenset({"", *_CHINESE, *_ENGLISH, *_ZEROS})

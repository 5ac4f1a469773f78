"""Code lists of the wake-up list: what to do, and why a user is left out."""

from data_contracts.codes.code_list import Code


class WakeUpAction(Code):
    """What CRM should do for a user."""

    WAKE_UP = "wake_up", "唤醒"
    RETAIN = "retain", "挽留"
    CARE = "care", "关怀提醒"
    APOLOGY = "apology", "致歉补偿"


class LeftOut(Code):
    """Why a user due for a contact is not on the wake-up list; the first reason that holds.

    See data_contracts/domain.md#refusal and data_contracts/domain.md#minors.
    """

    OPTED_OUT = "opted_out", "本人已拒绝营销或退订"
    PHONE_REFUSED = "phone_refused", "同一手机号已用其他编号拒绝"
    UNDER_18 = "under_18", "未满18岁"
    CONTACTED_RECENTLY = "contacted_recently", "近期刚触达过"
    UNANSWERED_CONTACTS = "unanswered_contacts", "多次触达无回应"
    LOST_FOR_LONG = "lost_for_long", "流失过久"
    BEYOND_MAX_LINES = "beyond_max_lines", "超出清单长度上限"

"""Code lists of contacts: channel and arm of the experiment."""

from data_contracts.codes.code_list import Code


class ContactChannel(Code):
    LEADER = "leader", "团长"
    WECHAT = "wechat", "微信"
    APP_PUSH = "app_push", "App推送"
    SMS = "sms", "短信"
    PHONE = "phone", "电话"


class ContactArm(Code):
    TREATMENT = "treatment", "触达组"
    HOLDOUT = "holdout", "对照组"

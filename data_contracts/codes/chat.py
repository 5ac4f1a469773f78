"""Code lists of messages: channel and sender."""

from data_contracts.codes.code_list import Code


class MessageChannel(Code):
    GROUP_CHAT = "group_chat", "社群"
    PRIVATE_CHAT = "private_chat", "私聊"
    SERVICE = "service", "客服"
    REVIEW = "review", "评价"


class SenderRole(Code):
    USER = "user", "用户"
    LEADER = "leader", "团长"
    SERVICE = "service", "客服"

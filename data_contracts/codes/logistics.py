"""Code lists of shipments: status and issue."""

from data_contracts.codes.code_list import Code


class ShipmentStatus(Code):
    IN_TRANSIT = "in_transit", "运输中"
    ARRIVED = "arrived", "已到自提点"
    PICKED_UP = "picked_up", "已自提"
    RETURNED = "returned", "已退回"
    LOST = "lost", "丢失"


class ShipmentIssue(Code):
    NONE = "none", "正常"
    LATE = "late", "迟到"
    DAMAGED = "damaged", "破损"
    SHORT = "short", "缺货少发"
    WRONG_ITEM = "wrong_item", "错发"

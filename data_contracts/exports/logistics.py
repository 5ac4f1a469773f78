"""Logistics export: one row per shipment of an order to its pick-up point."""

from data_contracts.codes.logistics import ShipmentIssue, ShipmentStatus
from data_contracts.columns import code, text, timestamp
from data_contracts.table import Table

LOGISTICS = Table(
    name="logistics",
    zh="物流",
    meaning="promised and real arrival, pick-up, and what went wrong",
    key=("shipment_id",),
    event_time="dispatched_at",
    version="updated_at",
    partition="business_date",
    owner="supply-chain",
    columns=(
        text("shipment_id", "运单编号", "id of the shipment", required=True),
        text("order_id", "订单编号", "order it carries", required=True),
        text("line_id", "订单行号", "line it carries; empty: the whole order"),
        timestamp("dispatched_at", "发出时间", "left the warehouse, local", required=True),
        timestamp("promised_at", "承诺到达时间", "promised arrival at the pick-up point"),
        timestamp("arrived_at", "实际到达时间", "real arrival; empty: not yet"),
        timestamp("picked_up_at", "提货时间", "picked up by the user; empty: not yet"),
        code("shipment_status", "物流状态", "status at updated_at", ShipmentStatus),
        code("issue", "异常", "what went wrong; empty: nothing known", ShipmentIssue),
        text("community_id", "小区编号", "pick-up point's community"),
        timestamp("updated_at", "更新时间", "last change; the latest version wins"),
    ),
)

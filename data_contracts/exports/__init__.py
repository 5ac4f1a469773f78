"""The exports and reference files that Linli reads."""

from data_contracts.exports.browse import BROWSE
from data_contracts.exports.chat import CHAT
from data_contracts.exports.contacts import CONTACTS
from data_contracts.exports.context import HOLIDAYS, WEATHER
from data_contracts.exports.logistics import LOGISTICS
from data_contracts.exports.orders import ORDERS
from data_contracts.exports.purchasing import PURCHASE_ORDERS, SUPPLIERS, SUPPLY_TERMS
from data_contracts.exports.references import COMMUNITIES, PRODUCTS, USERS
from data_contracts.exports.supply import AVAILABILITY, PROMOTIONS, STOCK
from data_contracts.table import Table

EXPORTS: tuple[Table, ...] = (
    ORDERS,
    BROWSE,
    CHAT,
    LOGISTICS,
    PRODUCTS,
    COMMUNITIES,
    USERS,
    STOCK,
    AVAILABILITY,
    PROMOTIONS,
    WEATHER,
    HOLIDAYS,
    CONTACTS,
    SUPPLIERS,
    SUPPLY_TERMS,
    PURCHASE_ORDERS,
)

BY_NAME: dict[str, Table] = {table.name: table for table in EXPORTS}

"""Name the sources of the nowcast panel: an asset that computes it declares these."""

from assets.core.order_lines import ORDER_LINE_SOURCES

PANEL_SOURCES = ("demand_forecast", "availability", "promotions", "holidays", *ORDER_LINE_SOURCES)

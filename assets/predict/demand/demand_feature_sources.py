"""Name the sources of the demand features: an asset that computes them declares these."""

from assets.core.order_lines import ORDER_LINE_SOURCES

FEATURE_SOURCES = ("demand_day", "promotions", "weather", "holidays", "browse", *ORDER_LINE_SOURCES)

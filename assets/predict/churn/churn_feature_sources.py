"""Name the sources of the churn features: an asset that computes them declares these."""

FEATURE_SOURCES = ("orders", "browse", "chat", "logistics", "communities", "contacts")

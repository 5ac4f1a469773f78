"""Parts of the flow by name, for tests and benches that run less than a day."""

from __future__ import annotations

import dagster as dg

# what layer labels rest on, and they themselves
LABELS = (
    "profile_basic",
    "price_ranks",
    "message_signals",
    "profile_inputs",
    "profile_consumption",
    "profile_scene",
    "layer_thresholds",
    "layer_labels",
)
# all that is said of a user
PEOPLE = (*LABELS, "profile_categories", "profile_emotion", "label_evidence")


def assets_named(*names: str) -> list[dg.AssetsDefinition]:
    """The assets of those names, in the order of the flow; raises KeyError for an unknown one."""
    from pipelines.flow import FLOW

    known = {asset.key.to_user_string(): asset for asset in FLOW}
    if unknown := set(names) - set(known):
        raise KeyError(f"no asset named {sorted(unknown)[0]}")
    return [asset for name, asset in known.items() if name in names]

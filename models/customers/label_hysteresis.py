"""Hysteresis of labels: keep a label until another layer clearly leads it, and date the change.

Contains hysteresis, the first day of a label, the label before it and the sentence of a change. Not
here: scores and rules (`models/customers/layers.py`). Labels of a day depend on its figures and on
the labels of the last day before, so running days in order always gives the same history.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data_contracts.codes.labels import Layer, ThreeLayer
from models.customers.layers import LAYERS, THREE_LAYERS
from models.params.layers import LayerParams

BEFORE = ("user_id", "layer", "previous_layer", "valid_from")
_THREE = {layer.value: three.value for layer, three in THREE_LAYERS.items()}


def apply_hysteresis(
    labelled: pd.DataFrame, before: pd.DataFrame, as_of: date, params: LayerParams | None = None
) -> pd.DataFrame:
    """Apply hysteresis to the labels of `as_of`, given those of an earlier day.

    `labelled`: what `label_layers` gives. `before`: BEFORE of the last day before `as_of`, one row
    per user, empty on the first day. Returns `labelled`, in its order, with `layer`, `three_layer`
    and `reason_zh` after hysteresis, and `previous_layer` (missing: there was none), `valid_from`
    (the first day of the label) and `is_changed` (another label than the day before).

    One of the four labels of before is held while no other layer leads it by `hold_margin` and it
    still has a score. Mixed and unknown are never held: they say that nothing is known well enough.
    """
    params = params or LayerParams()
    earlier = before.set_index("user_id").reindex(labelled["user_id"])
    previous = earlier["layer"].to_numpy(dtype=object)
    raw = labelled["layer"].to_numpy(dtype=object)
    scores = labelled[[f"score_{layer.value}" for layer in LAYERS]].to_numpy(dtype=float)
    best = np.nan_to_num(scores, nan=-1.0).max(axis=1, initial=-1.0)
    own = np.full(len(labelled), np.nan)
    for position, layer in enumerate(LAYERS):
        own = np.where(previous == layer.value, scores[:, position], own)
    lead = best - own
    is_held = (raw != previous) & (raw != Layer.UNKNOWN.value) & (lead < params.hold_margin)
    label = np.where(is_held, previous, raw)
    had_one = pd.notna(previous)
    is_changed = had_one & (label != previous)
    since = pd.to_datetime(earlier["valid_from"]).reset_index(drop=True)
    since = since.mask(~had_one | is_changed, pd.Timestamp(as_of))
    held = labelled.assign(
        layer=label,
        three_layer=[_THREE[name] for name in label],
        previous_layer=np.where(
            is_changed, previous, earlier["previous_layer"].to_numpy(dtype=object)
        ),
        valid_from=since.dt.date.to_numpy(),
        is_changed=is_changed,
    )
    held["reason_zh"] = [
        _said(reason, now, was, changed, kept, gap, params)
        for reason, now, was, changed, kept, gap in zip(
            labelled["reason_zh"], label, previous, is_changed, is_held, lead, strict=True
        )
    ]
    return held


def flips_per_user_month(labels: pd.DataFrame) -> float:
    """Changes of label per user and 30 days; `labels`: `as_of`, `user_id`, `layer`, one row a day.

    A user's first label is no change. 0.0 when no user was labelled on two days.

    >>> days = pd.DataFrame({"as_of": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]),
    ...                      "user_id": "u", "layer": ["a", "b", "b"]})
    >>> flips_per_user_month(days)
    15.0
    """
    ordered = labels.sort_values(["user_id", "as_of"])
    before = ordered.groupby("user_id")[["layer", "as_of"]].shift()
    compared = before["layer"].notna()
    days = (ordered["as_of"] - before["as_of"]).dt.days[compared].sum()
    flips = (ordered["layer"] != before["layer"])[compared].sum()
    return float(30 * flips / days) if days else 0.0


def _said(
    reason: str,
    now: str,
    was: str,
    changed: bool,
    kept: bool,
    lead: float,
    params: LayerParams,
) -> str:
    if changed:
        return f"由{_zh(was)}转为{_zh(now)}：{reason}"
    if kept:
        return f"{reason}；仍为{_zh(now)}：落后{lead:.2f}，不足{params.hold_margin:.2f}不改"
    return reason


def _zh(layer: str) -> str:
    """The label, with the three-layer view where that says something else."""
    name, three = Layer.zh_of(layer), ThreeLayer.zh_of(_THREE[layer])
    return name if three == name else f"{name}（{three}）"

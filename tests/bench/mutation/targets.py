"""Which tests are meant to hold which file. Every path of the bench stands here and nowhere else.

Quick ones first: the first that fails ends the run.
"""

from __future__ import annotations


def _held(tests: str, *paths: str) -> dict[str, tuple[str, ...]]:
    return {path: tuple(tests.split()) for path in paths}


PYTHON = (
    _held("tests/unit/test_calibration.py", "models/calibration.py")
    | _held(
        "tests/unit/test_churn.py tests/unit/test_classification_metrics.py",
        "models/classification_metrics.py",
    )
    | _held("tests/unit/test_metrics.py tests/unit/test_hidden_demand.py", "models/metrics.py")
    | _held("tests/unit/test_demand_backtest.py tests/unit/test_metrics.py", "models/backtest.py")
    | _held("tests/unit/test_demand_quantiles.py", "models/demand_quantiles.py")
    | _held("tests/unit/test_demand_fallbacks.py", "models/demand_fallbacks.py")
    | _held("tests/unit/test_level_shift.py", "models/level_shift.py")
    | _held("tests/unit/test_launches.py", "models/launches.py")
    | _held("tests/unit/test_similar_days.py", "models/similar_days.py")
    | _held("tests/unit/test_drift.py", "models/drift/errors.py", "models/drift/inputs.py")
    | _held(
        "tests/unit/test_hidden_demand.py",
        "models/hidden_demand/features.py",
        "models/hidden_demand/hiding.py",
        "models/hidden_demand/panel.py",
        "models/hidden_demand/recovery.py",
    )
    | _held("tests/unit/test_nowcast.py", "models/nowcast.py", "models/nowcast_backtest.py")
    | _held(
        "tests/spec/test_restock_rules.py tests/unit/test_replenishment.py",
        "models/replenishment.py",
    )
    | _held("tests/spec/test_wakeup_rules.py", "models/wakeup.py", "models/wakeup_products.py")
    | _held(
        "tests/spec/test_layer_rules.py tests/spec/test_living_labels.py tests/unit/test_layers.py",
        "models/layers.py",
        "models/label_history.py",
    )
    | _held(
        "tests/spec/test_association_rules.py tests/unit/test_associations.py",
        "models/associations.py",
    )
    | _held("tests/unit/test_community_index.py", "models/community_index.py")
    | _held(
        "tests/spec/test_voice_rules.py tests/spec/test_voice_sentences.py "
        "tests/unit/test_voices_groups.py tests/unit/test_voices_model.py "
        "tests/unit/test_voices_lexicon.py",
        "models/voices/aspects.py",
        "models/voices/bursts.py",
        "models/voices/complaints.py",
        "models/voices/drivers.py",
        "models/voices/emotions.py",
        "models/voices/faults.py",
        "models/voices/shelf.py",
        "models/voices/wishes.py",
    )
    | _held("tests/unit/test_run_card.py tests/unit/test_checks_seconds.py", "models/run_card.py")
    | _held("tests/unit/test_serving.py", "models/serving.py")
    | _held("tests/unit/test_clock_and_triggers.py", "models/clock.py")
    | _held("tests/unit/test_mappings.py", "data_contracts/mappings/fitting.py")
    | _held(
        "tests/pipeline/test_ingest.py tests/pipeline/test_ingest_incremental.py",
        "assets/ingest/accounting.py",
        "assets/ingest/settling.py",
    )
    | _held("tests/pipeline/test_quarantine_mended.py", "assets/ingest/mending.py")
    | _held("tests/pipeline/test_order_states.py", "assets/ingest/cleaning/states.py")
    | _held("tests/unit/test_spreadsheet.py", "assets/resources/spreadsheet.py")
)

SQL = (
    _held(
        "tests/pipeline/test_order_states.py tests/pipeline/test_charges.py",
        "assets/profiles/known_lines.sql",
    )
    | _held(
        "tests/pipeline/test_restock.py",
        "assets/write/restock/restock_in_hand.sql",
        "assets/write/restock/restock_lines.sql",
        "assets/write/restock/restock_skus.sql",
        "assets/write/restock/restock_stock.sql",
    )
    | _held(
        "tests/pipeline/test_churn_assets.py tests/pipeline/test_contact_refusals_stand.py",
        "assets/write/wake_up/wake_up_best_sellers.sql",
        "assets/write/wake_up/wake_up_candidates.sql",
        "assets/write/wake_up/wake_up_contacts.sql",
        "assets/write/wake_up/wake_up_products.sql",
        "assets/write/wake_up/wake_up_refused.sql",
        "assets/write/wake_up/wake_up_sold_out.sql",
        "assets/write/wake_up/wake_up_usual.sql",
    )
    | _held(
        "tests/pipeline/test_profiles.py",
        "assets/profiles/people/basic/basic.sql",
        "assets/profiles/people/consumption/consumption.sql",
        "assets/profiles/people/consumption/consumption_habits.sql",
        "assets/profiles/people/consumption/consumption_lines.sql",
        "assets/profiles/people/consumption/consumption_rhythm.sql",
        "assets/profiles/people/consumption/consumption_usual.sql",
        "assets/profiles/people/emotion/emotion.sql",
        "assets/profiles/people/emotion/emotion_purchases.sql",
        "assets/profiles/people/inputs/input_lines.sql",
        "assets/profiles/people/scene/scene_orders.sql",
        "assets/profiles/people/scene/scene_pick_ups.sql",
    )
    | _held(
        "tests/pipeline/test_demand_panel.py tests/pipeline/test_off_offer.py "
        "tests/pipeline/test_demand_hidden.py",
        "assets/profiles/off_offer.sql",
        "assets/profiles/demand/demand_day.sql",
        "assets/profiles/demand/demand_hours.sql",
        "assets/profiles/demand/demand_offer.sql",
        "assets/profiles/demand/demand_refused.sql",
        "assets/profiles/demand/demand_sales.sql",
        "assets/profiles/demand/demand_seen.sql",
        "assets/profiles/demand/demand_used_up.sql",
    )
    | _held(
        "tests/pipeline/test_demand_features.py",
        "assets/train/demand/demand_levels.sql",
        "assets/train/demand/demand_rows.sql",
        "assets/train/demand/demand_windows.sql",
    )
    | _held(
        "tests/pipeline/test_nowcast.py",
        "assets/train/nowcast/nowcast_arrivals.sql",
        "assets/train/nowcast/nowcast_closed.sql",
        "assets/train/nowcast/nowcast_series.sql",
    )
    | _held(
        "tests/pipeline/test_churn_features.py",
        "assets/train/churn/churn_features.sql",
        "assets/train/churn/churn_labels.sql",
        "assets/train/churn/churn_lines.sql",
    )
)

TARGETS = PYTHON | SQL

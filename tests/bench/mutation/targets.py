"""Which tests are meant to hold which file. Every path of the bench stands here and nowhere else.

Quick ones first: the first that fails ends the run.
"""

from __future__ import annotations


def _held(tests: str, *paths: str) -> dict[str, tuple[str, ...]]:
    return {path: tuple(tests.split()) for path in paths}


PYTHON = (
    _held("tests/unit/test_calibration.py", "models/evaluation/calibration.py")
    | _held(
        "tests/unit/test_churn.py tests/unit/test_classification_metrics.py",
        "models/evaluation/classification_metrics.py",
    )
    | _held(
        "tests/unit/test_metrics.py tests/unit/test_uncensoring.py",
        "models/evaluation/forecast_metrics.py",
    )
    | _held(
        "tests/unit/test_forecast_scoring.py tests/unit/test_metrics.py", "models/demand/scoring.py"
    )
    | _held("tests/unit/test_demand_quantiles.py", "models/demand/quantiles.py")
    | _held("tests/unit/test_demand_fallbacks.py", "models/demand/fallbacks.py")
    | _held("tests/unit/test_bias_correction.py", "models/demand/bias_correction.py")
    | _held("tests/unit/test_cold_start.py", "models/demand/cold_start.py")
    | _held(
        "tests/unit/test_longer_sums.py",
        "models/demand/sums/naive_sums.py",
        "models/demand/sums/sum_lines.py",
        "models/demand/sums/sum_model.py",
        "models/demand/sums/sum_quantiles.py",
        "models/demand/sums/sum_scores.py",
    )
    | _held(
        "tests/unit/test_similar_days.py tests/unit/test_backtest_report_figures.py",
        "models/demand/backtest/similar_day_average.py",
    )
    | _held(
        "tests/unit/test_drift.py",
        "models/demand/drift/error_drift.py",
        "models/demand/drift/input_drift.py",
    )
    | _held(
        "tests/unit/test_hour_masking.py tests/unit/test_uncensoring.py",
        "models/demand/uncensoring/hour_masking.py",
    )
    | _held(
        "tests/unit/test_uncensoring.py",
        "models/demand/uncensoring/day_features.py",
        "models/demand/uncensoring/hourly_panel.py",
        "models/demand/uncensoring/model.py",
    )
    | _held(
        "tests/unit/test_nowcast.py tests/unit/test_nowcast_limits.py",
        "models/demand/nowcast.py",
        "models/demand/nowcast_backtest.py",
    )
    | _held(
        "tests/spec/test_restock_rules.py tests/unit/test_restock_policy.py",
        "models/replenishment/line_outcome.py",
        "models/replenishment/policy.py",
        "models/replenishment/wording.py",
    )
    | _held("tests/unit/test_demand_sums.py", "models/replenishment/demand_sums.py")
    | _held(
        "tests/unit/test_protection_periods.py",
        "models/replenishment/protection.py",
        "models/replenishment/scenarios.py",
    )
    | _held(
        "tests/unit/test_stock_projection.py tests/unit/test_restock_policy.py",
        "models/replenishment/projection.py",
    )
    | _held(
        "tests/unit/test_expected_profit.py",
        "models/replenishment/expected_profit.py",
        "models/replenishment/line_money.py",
        "models/replenishment/order_sizes.py",
    )
    | _held("tests/unit/test_lead_time_rows.py", "models/replenishment/lead_time_rows.py")
    | _held("tests/unit/test_newsvendor.py", "models/replenishment/newsvendor.py")
    | _held("tests/unit/test_lead_times.py", "models/replenishment/lead_times.py")
    | _held(
        "tests/unit/test_replay_simulator.py",
        "models/replenishment/replay/simulator.py",
        "models/replenishment/replay/figures.py",
        "models/replenishment/replay/policies.py",
    )
    | _held("tests/unit/test_learning_policy.py", "models/replenishment/replay/learning_policy.py")
    | _held("tests/unit/test_online_mixture.py", "models/demand/online_mixture.py")
    | _held(
        "tests/unit/test_wake_up_limits.py tests/spec/test_wake_up_rules.py "
        "tests/spec/test_wake_up_products.py",
        "models/wake_up/rules.py",
        "models/wake_up/offered_product.py",
    )
    | _held(
        "tests/spec/test_layer_rules.py tests/spec/test_living_labels.py tests/unit/test_layers.py",
        "models/customers/layers.py",
        "models/customers/label_hysteresis.py",
    )
    | _held(
        "tests/spec/test_association_rules.py tests/unit/test_associations.py",
        "models/affinity/association_rules.py",
    )
    | _held("tests/unit/test_community_index.py", "models/affinity/community_index.py")
    | _held(
        "tests/spec/test_feedback_rules.py tests/spec/test_feedback_sentences.py "
        "tests/unit/test_feedback_words.py tests/unit/test_feedback_groups.py "
        "tests/unit/test_product_matching.py tests/unit/test_feedback_limits.py "
        "tests/unit/test_aspects_limits.py",
        "models/feedback/aspects.py",
        "models/feedback/echo_alarms.py",
        "models/feedback/complaints.py",
        "models/feedback/review_drivers.py",
        "models/feedback/emotions.py",
        "models/feedback/faults.py",
        "models/feedback/product_matching.py",
        "models/feedback/wish_extraction.py",
    )
    | _held(
        "tests/unit/test_run_card.py tests/unit/test_checks_seconds.py",
        "models/monitoring/run_verdict.py",
    )
    | _held("tests/unit/test_champion_log.py", "models/registry/champion_log.py")
    | _held("tests/unit/test_clock_and_triggers.py", "models/clock.py")
    | _held(
        "tests/unit/test_header_matches.py tests/unit/test_unknown_headers.py "
        "tests/unit/test_column_matches.py tests/unit/test_mappings.py",
        "assets/ingest/match/match_headers.py",
    )
    | _held(
        "tests/unit/test_ledger_balance.py tests/pipeline/test_ingest.py",
        "assets/ingest/merge/reconcile.py",
    )
    | _held("tests/pipeline/test_ingest.py", "assets/ingest/merge/merge.py")
    | _held("tests/pipeline/test_quarantine_release.py", "assets/ingest/quarantine/release.py")
    | _held(
        "tests/pipeline/test_order_states.py tests/pipeline/test_status_columns.py",
        "assets/ingest/stage/casting/order_status.py",
    )
    | _held(
        "tests/unit/test_spreadsheet.py",
        "assets/resources/outbox/spreadsheet.py",
        "assets/resources/outbox/workbook.py",
    )
    | _held(
        "tests/unit/test_restock_workbook.py",
        "assets/publish/lists/restock_pages/today.py",
        "assets/publish/lists/restock_pages/orders.py",
        "assets/publish/lists/restock_pages/zeros.py",
        "assets/publish/lists/restock_pages/parts.py",
    )
    | _held(
        "tests/unit/test_order_files.py",
        "assets/publish/lists/order_files.py",
        "data_contracts/order_presets/preset.py",
    )
    | _held(
        "tests/pipeline/test_restock_edits.py",
        "assets/publish/lists/filled_workbook.py",
        "assets/publish/lists/restock_edits.py",
    )
)

SQL = (
    _held(
        "tests/spec/test_order_lines.py",
        "assets/core/order_lines.sql",
        "assets/core/order_lines_as_of.sql",
    )
    | _held(
        "tests/spec/test_restock_facts.py",
        "assets/decide/replenishment/orders_in_hand.sql",
        "assets/decide/replenishment/restock_facts.sql",
        "assets/decide/replenishment/restock_skus.sql",
        "assets/decide/replenishment/counted_batches.sql",
        "assets/decide/replenishment/latest_stock.sql",
        "assets/decide/replenishment/recent_demand.sql",
        "assets/decide/replenishment/stock_by_day.sql",
    )
    | _held(
        "tests/spec/test_supply_steps.py",
        "assets/core/supply/supply_pairs.sql",
        "assets/core/supply/terms_of_day.sql",
        "assets/core/supply/named_suppliers.sql",
        "assets/core/supply/supply_options.sql",
        "assets/core/supply/purchase_lead_times.sql",
        "assets/core/supply/stock_lead_times.sql",
    )
    | _held(
        "tests/spec/test_wake_up_facts.py tests/spec/test_wake_up_offers.py",
        "assets/decide/wake_up/refusals_in_answers.sql",
        "assets/decide/wake_up/best_sellers.sql",
        "assets/decide/wake_up/wake_up_candidates.sql",
        "assets/decide/wake_up/contact_history.sql",
        "assets/decide/wake_up/sold_products.sql",
        "assets/decide/wake_up/refusing_users.sql",
        "assets/decide/wake_up/sold_out_skus.sql",
        "assets/decide/wake_up/typical_purchases.sql",
    )
    | _held(
        "tests/spec/test_profile_steps.py",
        "assets/profiles/basic/profile_basic.sql",
        "assets/profiles/consumption/consumption.sql",
        "assets/profiles/consumption/consumption_habits.sql",
        "assets/profiles/consumption/consumption_lines.sql",
        "assets/profiles/consumption/consumption_intervals.sql",
        "assets/profiles/consumption/consumption_favourites.sql",
        "assets/profiles/emotion/emotion_purchases.sql",
        "assets/profiles/scene/scene_pick_ups.sql",
    )
    | _held(
        "tests/spec/test_profile_feelings.py",
        "assets/profiles/change_detection/input_lines.sql",
        "assets/profiles/emotion/emotion.sql",
        "assets/profiles/scene/scene_orders.sql",
    )
    | _held(
        "tests/spec/test_demand_steps.py",
        "assets/core/off_offer.sql",
        "assets/core/demand/demand_day.sql",
        "assets/core/demand/series_days.sql",
        "assets/core/demand/hourly_sales.sql",
        "assets/core/demand/hour_shares.sql",
        "assets/core/demand/lost_by_rule.sql",
        "assets/core/demand/hours_on_offer.sql",
        "assets/core/demand/daily_sales.sql",
        "assets/core/demand/visible_demand_share.sql",
        "assets/core/demand/demand_series.sql",
    )
    | _held(
        "tests/spec/test_demand_limits.py",
        "assets/core/demand/limit_censored.sql",
        "assets/core/demand/exhausted_offers.sql",
    )
    | _held(
        "tests/spec/test_demand_windows.py",
        "assets/predict/demand/demand_levels.sql",
        "assets/predict/demand/demand_windows.sql",
    )
    | _held("tests/spec/test_sum_windows.py", "assets/predict/demand/sums/sum_windows.sql")
    | _held(
        "tests/pipeline/test_demand_features.py",
        "assets/predict/demand/demand_rows.sql",
    )
    | _held(
        "tests/spec/test_nowcast_steps.py",
        "assets/predict/nowcast/nowcast_arrivals.sql",
        "assets/predict/nowcast/nowcast_unavailable.sql",
        "assets/predict/nowcast/nowcast_series.sql",
        "assets/predict/nowcast/nowcast_silence.sql",
    )
    | _held(
        "tests/spec/test_churn_steps.py",
        "assets/predict/churn/churn_baskets.sql",
        "assets/predict/churn/churn_browsing.sql",
        "assets/predict/churn/churn_contacts.sql",
        "assets/predict/churn/churn_days.sql",
        "assets/predict/churn/churn_failures.sql",
        "assets/predict/churn/churn_features.sql",
        "assets/predict/churn/churn_history.sql",
        "assets/predict/churn/churn_labels.sql",
        "assets/predict/churn/churn_lines.sql",
        "assets/predict/churn/churn_orders.sql",
        "assets/predict/churn/churn_voice.sql",
    )
)

TARGETS = PYTHON | SQL

"""Lead times: hand-worked laws, censoring, lost orders, deliveries without references."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from models.params.replenishment import LeadTimeParams
from models.replenishment import lead_times
from models.replenishment.lead_times import (
    LeadTimeCounts,
    LeadTimeLaw,
    arrived_orders,
    count_lead_times,
    fit_grouped_lead_times,
    fit_lead_times,
    promised_law,
)

FLAT = LeadTimeLaw(np.array([0.25, 0.25, 0.25]), np.array(0.0))


def test_doctests() -> None:
    result = doctest.testmod(lead_times)
    assert result.attempted >= 8
    assert result.failed == 0


def test_what_never_arrives_is_missing_to_one() -> None:
    law = LeadTimeLaw(np.array([[0.0, 0.5, 0.25], [0.0, 0.0, 0.0]]), np.array([4.0, 2.0]))
    assert law.lost_share.tolist() == [0.25, 1.0]
    assert law.mean_periods[0] == pytest.approx(4 / 3)
    assert np.isnan(law.mean_periods[1])
    assert law.waiting_shares.tolist() == [[1.0, 1.0, 0.5, 0.25], [1.0] * 4]
    assert law.hazards.tolist() == [[0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]


def test_an_awaited_order_counts_by_its_chance_of_still_arriving() -> None:
    """A new order arrives in 3 of 4 cases, one that missed two deliveries in 1 of 2."""
    law = LeadTimeLaw(np.array([0.0, 0.5, 0.25]), np.array(4.0))
    assert law.chance_to_arrive(0, 9) == pytest.approx(0.75)
    assert law.chance_to_arrive(0, 2) == pytest.approx(0.5)
    assert law.chance_to_arrive(2, 9) == pytest.approx(0.5)
    assert law.chance_to_arrive(3, 9) == 0.0


def test_chances_of_many_rows_have_an_age_each() -> None:
    law = LeadTimeLaw(np.array([[0.5, 0.5], [0.0, 0.5]]), np.zeros(2))
    assert law.chance_to_arrive(np.array([1, 1]), np.array([1, 1])).tolist() == [1.0, 0.5]
    assert law.chance_to_arrive(np.array([0, 0]), 1).tolist() == [0.5, 0.0]


def test_an_order_that_is_still_awaited_counts_for_as_long_as_it_was() -> None:
    """Of four orders at risk after 1 period one came; of the two seen after 2 one came."""
    counts = count_lead_times(
        np.zeros(4, int),
        1,
        np.array([1.0, 2.0, np.nan, np.nan]),
        np.array([9, 9, 2, 3]),
        longest_periods=2,
    )
    assert counts.awaited.tolist() == [[4.0, 4.0, 2.0]]
    law = fit_lead_times(counts, FLAT, prior_orders=1e-9)
    assert law.chances[0] == pytest.approx([0.0, 0.25, 0.375], abs=1e-9)
    assert law.lost_share[0] == pytest.approx(0.375)
    assert law.evidence_orders.tolist() == [4.0]


def test_without_orders_the_law_is_the_prior() -> None:
    none = LeadTimeCounts(np.zeros((2, 3)), np.zeros((2, 3)))
    law = fit_lead_times(none, FLAT, prior_orders=2.0)
    assert law.chances == pytest.approx(np.full((2, 3), 0.25))


def test_many_orders_outweigh_the_prior() -> None:
    random = np.random.default_rng(11)
    truth = np.array([0.0, 0.2, 0.3, 0.1])
    drawn = random.choice([0.0, 1, 2, 3, np.nan], 20_000, p=[*truth, 0.4])
    counts = count_lead_times(np.zeros(20_000, int), 1, drawn, np.full(20_000, 9), 3)
    law = fit_lead_times(counts, promised_law(0, LeadTimeParams()), prior_orders=2.0)
    assert law.chances[0] == pytest.approx(truth, abs=0.01)
    assert law.lost_share[0] == pytest.approx(0.4, abs=0.01)


def test_a_member_without_orders_has_the_law_of_its_group() -> None:
    """Rows 0 and 1 are of one supplier, who is always a period late; row 2 is of another."""
    counts = LeadTimeCounts(
        np.array([[0.0, 0.0, 30.0], [0.0] * 3, [0.0] * 3]),
        np.array([[30.0, 30.0, 30.0], [0.0] * 3, [0.0] * 3]),
    )
    law = fit_grouped_lead_times(counts, np.array([0, 0, 1]), FLAT, LeadTimeParams())
    assert law.chances[1, 2] > 0.9
    assert law.chances[2] == pytest.approx(FLAT.chances)
    assert law.chances[0, 2] > law.chances[1, 2]


@pytest.mark.parametrize("promised", [0, 2, 4])
def test_a_promise_leaves_room_for_late_and_lost_orders(promised: int) -> None:
    params = LeadTimeParams(on_time_share=0.6, lost_share=0.1, late_periods=2)
    law = promised_law(promised, params)
    assert law.chances.argmax() == promised
    assert law.chances.sum() == pytest.approx(0.9)
    assert law.lost_share == pytest.approx(0.1)
    assert (law.chances > 0).all()
    assert law.chances.shape == (promised + 3,)


def test_a_delivery_is_matched_to_the_only_orders_that_add_up() -> None:
    shares = arrived_orders(
        np.array([[70.0, 40.0, 31.0, 9.0]]), np.array([[0.1, 0.3, 0.3, 0.3]]), np.array([79.0])
    )
    assert shares.tolist() == [[1.0, 0.0, 0.0, 1.0]]


def test_equal_orders_share_a_delivery_by_their_chance() -> None:
    """0.4 · 0.8 against 0.2 · 0.6 of either alone."""
    shares = arrived_orders(np.array([[5.0, 5.0]]), np.array([[0.4, 0.2]]), np.array([5.0]))
    assert shares[0] == pytest.approx([0.32 / 0.44, 0.12 / 0.44])


def test_a_delivery_that_no_orders_explain_closes_none() -> None:
    shares = arrived_orders(np.array([[5.0, 3.0]]), np.array([[0.5, 0.5]]), np.array([4.0]))
    assert shares.tolist() == [[0.0, 0.0]]


def test_of_many_awaited_orders_the_likely_ones_are_compared() -> None:
    units = np.arange(1.0, 16.0)[None, :]
    chances = np.where(units > 12, 0.5, 0.01)
    shares = arrived_orders(units, chances, np.array([29.0]))
    assert shares[0, 13] > 0.9 and shares[0, 14] > 0.9


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on_time_share", 0.0),
        ("lost_share", -0.1),
        ("lost_share", 0.3),
        ("late_periods", 0),
        ("prior_orders", 0.0),
        ("group_prior_orders", -1.0),
    ],
)
def test_parameters_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        LeadTimeParams(**{field: value})

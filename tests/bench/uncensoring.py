"""Does censoring vanish where the truth is known? And how many fits does it take?

    python -m tests.bench.uncensoring --folder /tmp/hidden

Two drawn platforms whose shelves hold 60 to 140 % of a usual day, with one to six fits: bias of the
demand of sold-out days, and the part of what was lost that is told. Then the sample platform of
`linli sample`: what was truly lost to stock and refused in the last 120 days, and what is told.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.demand.uncensoring.model import estimate_lost_units, fit_uncensoring_model
from models.evaluation.forecast_metrics import wape, wpe
from tests.flow import assets_named
from tests.unit.test_uncensoring import DAYS, FEW, _emptied, _panel


def drawn(seed: int) -> None:
    """Bias by number of fits, on days after the third week."""
    whole = _panel(seed=seed)
    panel, truth = _emptied(whole, 6)
    hit = panel.hidden().any(2) & (np.arange(DAYS) >= 20)
    total, sold = whole.sold_units.sum(2)[hit], panel.sold_units.sum(2)[hit]
    for rounds in (1, 2, 3, 4, 6):
        model = fit_uncensoring_model(panel, replace(FEW, rounds=rounds), 1)
        assert model is not None
        found = estimate_lost_units(panel, model, 1)[hit]
        print(
            f"drawn {seed}, {rounds} fits: WAPE {wape(total, sold + found):.1%}, "
            f"WPE {wpe(total, sold + found):+.1%}, told {found.sum() / truth[hit].sum():.0%} of "
            "what was lost"
        )


def sample(folder: Path) -> None:
    """What the sample platform lost, and what is told of it."""
    import dagster as dg

    from assets.ingest.exports import INGEST_ASSETS
    from assets.resources.home import LinliHome
    from data_contracts.tables.demand import DEMAND_DAY
    from models.simulate.config import SimulationConfig
    from pipelines.sample import TRUTH_FOLDER, write_sample

    config, exports = SimulationConfig(), folder / "exports"
    home = LinliHome(home=str(folder / "home"), exports=str(exports))
    if not exports.exists():
        write_sample(exports, config)
    dg.materialize(
        [*INGEST_ASSETS, *assets_named("demand_day")],
        partition_key=config.end.isoformat(),
        resources={"linli": home},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    with home.lakehouse.session(DEMAND_DAY) as session:
        ((sold, lost, told, caps, refused),) = session.rows(
            """
            select sum(d.sold_units), sum(t.lost_to_stock_units), sum(d.lost_units),
                sum(t.lost_to_cap_units), sum(d.refused_units)
            from demand_day as d
            left join read_parquet($truth) as t
                on d.warehouse_id = t.warehouse_id and d.sku_id = t.sku_id
                and d.day = cast(t.business_date as date)
            where d.as_of = $as_of
            """,
            truth=str(exports / TRUTH_FOLDER / "demand.parquet"),
            as_of=config.end,
        )
    print(f"sample: {sold:,.0f} sold; lost to stock {lost:,.0f}, told {told:,.0f}")
    print(f"sample: limits and used-up activities took {caps:,.0f}, refused as told {refused:,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    for seed in (4, 14):
        drawn(seed)
    sample(chosen.folder)


if __name__ == "__main__":
    main()

"""How many bundles are suggested where there are none? And what does counting cost?

    python -m tests.bench.affinity --folder /tmp/together [--users 2000] [--shuffles 5]

Makes a sample, computes associations of its last day, then again with what was bought dealt out
anew over all order lines (who buys how often, how much and when stays), as often as asked. Prints
pairs looked at and pairs suggested, beside Fisher's exact test of "users with A are users with B"
on the same shuffled lines, corrected the same way.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from models.affinity.association_rules import comparisons_per_segment, find_associations, q_values
from models.params.affinity import AFFINITY
from tests.flow import LABELS, assets_named

ITEM = ["sku_id", "sku_name", "category"]


def fisher_suggests(lines: pd.DataFrame, items: list[str]) -> tuple[int, int]:
    """(pairs looked at, pairs with q ≤ the threshold) of one-sided Fisher tests of users."""
    held = pd.crosstab(lines["user_id"], lines["sku_id"])[items].to_numpy() > 0
    both, users = held.T.astype(int) @ held.astype(int), held.sum(axis=0)
    first, second = np.triu_indices(len(items), 1)
    p = hypergeom.sf(both[first, second] - 1, len(held), users[first], users[second])
    return len(p), int((q_values(p, len(p)) <= AFFINITY.associations.q_most).sum())


def main() -> None:
    from assets.core.order_lines import order_lines_as_of
    from assets.framework.day_asset import DayRun
    from assets.ingest.exports import INGEST_ASSETS
    from assets.profiles.affinity.associations_steps import association_counts
    from assets.resources.home import LinliHome
    from models.simulate.config import SimulationConfig
    from pipelines.sample import write_sample

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--shuffles", type=int, default=5)
    chosen = parser.parse_args()
    exports, config = chosen.folder / "exports", SimulationConfig(users=chosen.users)
    home = LinliHome(home=str(chosen.folder / "home"), exports=str(exports))
    if not Path(home.home).exists():
        write_sample(exports, config)
        profile = assets_named(*LABELS)
        dg.materialize(
            [*INGEST_ASSETS, *profile],
            partition_key=config.end.isoformat(),
            resources={"linli": home},
        )
    run, params = DayRun("bench", config.end, home, print), AFFINITY.associations
    with home.lakehouse.session() as session:
        order_lines_as_of(session, run)
        kept = session.frame(
            "select * from order_lines_as_of "
            "where has_net_units and is_goods and user_id is not null "
            "order by user_id, order_id, line_id"
        )
        session.run("drop view order_lines_as_of")
        for shuffle in range(chosen.shuffles + 1):
            rng = np.random.default_rng(shuffle)
            if shuffle:
                kept[ITEM] = kept[ITEM].to_numpy()[rng.permutation(len(kept))]
            session.register("order_lines_as_of", kept)
            started = time.perf_counter()
            frames = association_counts(session, run, params)
            counting = time.perf_counter() - started
            found = find_associations(*frames, params)
            items = frames[0].query(
                "segment_kind == 'all' and level == 'sku' and kind == 'sequence'"
            )
            since = pd.Timestamp(config.end) - pd.Timedelta(days=params.sequence_days - 1)
            lines = kept[pd.to_datetime(kept["day"]) >= since]
            looked, suggested = fisher_suggests(lines, items["item"].tolist())
            print(
                f"{'shuffle ' + str(shuffle) if shuffle else 'as it is'}: {len(kept)} lines, "
                f"{sum(comparisons_per_segment(frames[0], params).values())} pairs looked at, "
                f"{int(found['is_suggested'].sum())} suggested; smallest q "
                f"{found['q_value'].min():.2g}; "
                f"Fisher of users {suggested} of {looked}; counting {counting:.1f} s, "
                f"judging {time.perf_counter() - started - counting:.1f} s"
            )


if __name__ == "__main__":
    main()

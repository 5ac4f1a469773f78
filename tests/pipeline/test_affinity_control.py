"""The negative control: purchases shuffled between users leave nothing to suggest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from assets.profiles.affinity.associations import associations
from assets.profiles.basic.profile_basic import profile_basic
from data_contracts.tables.affinity import ASSOCIATIONS
from models.affinity.association_rules import q_values
from tests.pipeline.affinity_lake import AS_OF, Tables, platform
from tests.pipeline.small_lake import fill, linli_home, materialise, read


def _shuffled(seed: int) -> Tables:
    """The drawn platform, its SKUs dealt out anew over all order lines: who buys how often, how
    much and when stays, what goes with what is chance."""
    rng = np.random.default_rng(seed)
    tables = platform()
    skus = rng.permutation([row["sku_id"] for row in tables["orders"]])
    tables["orders"] = [
        row | {"sku_id": str(sku), "line_id": f"{i}"}
        for i, (row, sku) in enumerate(zip(tables["orders"], skus, strict=True))
    ]
    return tables


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_purchases_make_no_bundle(tmp_path: Path, seed: int) -> None:
    home = linli_home(tmp_path)
    fill(home, _shuffled(seed))
    result = materialise(home, [profile_basic, associations], AS_OF)
    metadata = result.asset_materializations_for_node("associations")[0].metadata
    assert metadata["pairs_looked_at"].value > 2000
    assert metadata["suggested"].value == 0
    assert not read(home, ASSOCIATIONS, AS_OF)["is_suggested"].any()


def test_the_usual_test_of_users_would_have_found_bundles_in_it() -> None:
    """Why not Fisher's test of "users with A are users with B": active users are in both."""
    bought = pd.DataFrame(_shuffled(1)["orders"])[["user_id", "sku_id"]].drop_duplicates()
    table = pd.crosstab(bought["user_id"], bought["sku_id"]) > 0
    p = []
    for i, first in enumerate(table.columns):
        for second in table.columns[i + 1 :]:
            counts = pd.crosstab(table[first], table[second])
            p.append(fisher_exact(counts.to_numpy(), alternative="greater").pvalue)
    assert (q_values(np.array(p), len(p)) <= 0.05).mean() > 0.2

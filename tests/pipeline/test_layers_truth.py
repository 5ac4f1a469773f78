"""The layers against the truth of the sample, beside what a k-means on RFM finds at its best."""

from __future__ import annotations

import pandas as pd

from tests.bench.layers import judged, share_right
from tests.conftest import FinishedRun


def test_the_rules_find_the_latent_layer_far_better_than_clusters(
    finished_run: FinishedRun,
) -> None:
    home = finished_run.home
    key = home.pseudonym_key_of_lake()
    truth = pd.read_parquet(home.exports_dir / "truth" / "users.parquet")
    truth = truth[["user_id", "layer_at_end"]].assign(
        user_id=[key.pseudonym(user) for user in truth["user_id"]]
    )
    found = share_right(judged(home, truth, finished_run.as_of))
    assert found["named_of_all"] > 0.6
    assert found["named"] > 0.6
    assert found["best_score"] - found["kmeans"] > 0.2

"""Do the layers find the truth of the sample platform, and how often do labels flip?

    python -m tests.bench.layers --folder /tmp/layers [--users 2000] [--days 14]

Makes a sample, computes the profile of its last days one after the other, and prints for the last
one the confusion matrix beside a k-means on recency, frequency and spend (RFM; four clusters, each
named by the truth most favourable to it, which no real k-means could know), and the flips per
user-month of the labels as they stand and of the rules without hysteresis.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from models.customers.label_hysteresis import flips_per_user_month
from models.customers.layers import LAYERS
from tests.flow import LABELS, assets_named

NAMES = [layer.value for layer in LAYERS]


def share_right(labels: pd.DataFrame) -> dict[str, float]:
    """Shares of `labels` (layer, score_*, truth; RFM columns) that are right.

    `best_score`: the layer with the best score; `named`: those given one of the four labels;
    `named_of_all`: how many are; `kmeans`: clusters of RFM under the naming that serves them best.
    """
    scores = labels[[f"score_{name}" for name in NAMES]].fillna(-1).to_numpy()
    best = np.array(NAMES)[scores.argmax(axis=1)]
    named = labels["layer"].isin(NAMES)
    rfm = np.log1p(labels[["recency_days", "orders_365d", "spend_365d_yuan"]].astype("float64"))
    cluster = KMeans(4, n_init=20, random_state=0).fit_predict(
        StandardScaler().fit_transform(rfm.fillna(0))
    )
    counts = pd.crosstab(cluster, labels["truth"].to_numpy()).to_numpy()
    rows, columns = linear_sum_assignment(-counts)
    return {
        "best_score": float((best == labels["truth"]).mean()),
        "named": float((labels.loc[named, "layer"] == labels.loc[named, "truth"]).mean()),
        "named_of_all": float(named.mean()),
        "kmeans": float(counts[rows, columns].sum() / len(labels)),
    }


def judged(home: object, truth: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Labels of `as_of` with RFM and the true layer of each user; those with a label only.

    `truth`: user_id (pseudonym), layer_at_end.
    """
    with home.lakehouse.session() as session:  # type: ignore[attr-defined]
        labels = session.frame(
            "select l.*, c.recency_days, c.orders_365d, c.spend_365d_yuan from layer_labels as l "
            "inner join profile_consumption as c using (as_of, user_id) "
            "where as_of = $as_of and layer <> 'unknown'",
            as_of=as_of,
        )
    return labels.merge(truth.rename(columns={"layer_at_end": "truth"}), on="user_id")


def main() -> None:
    from assets.ingest.exports import INGEST_ASSETS
    from assets.resources.home import LinliHome
    from models.simulate.config import SimulationConfig
    from pipelines.sample import write_sample

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--days", type=int, default=14)
    chosen = parser.parse_args()
    exports = chosen.folder / "exports"
    config = SimulationConfig(users=chosen.users)
    write_sample(exports, config)
    home = LinliHome(home=str(chosen.folder / "home"), exports=str(exports))
    profile = assets_named(*LABELS)
    last = config.end
    for back in range(chosen.days - 1, -1, -1):
        day = last - timedelta(days=back)
        chain = [*INGEST_ASSETS, *profile] if back == chosen.days - 1 else profile
        dg.materialize(chain, partition_key=day.isoformat(), resources={"linli": home})
    truth = pd.read_parquet(exports / "truth" / "users.parquet")[["user_id", "layer_at_end"]]
    truth["user_id"] = [home.pseudonym_key_of_lake().pseudonym(user) for user in truth["user_id"]]
    found = judged(home, truth, last)
    print(pd.crosstab(found["truth"], found["layer"]).to_string())
    for name, share in share_right(found).items():
        print(f"{name:14s} {share:.3f}")
    with home.lakehouse.session() as session:
        days = session.frame("select * from layer_labels")
    alone = days.assign(layer=_rules_alone(days))
    print(
        f"flips per user-month over {chosen.days} days: {flips_per_user_month(days):.3f} as they "
        f"stand, {flips_per_user_month(alone):.3f} without hysteresis"
    )


def _rules_alone(labels: pd.DataFrame) -> np.ndarray:
    """What the rules said before a label was held."""
    from models.params.layers import LayerParams

    scores = labels[[f"score_{name}" for name in NAMES]].to_numpy(dtype=float)
    ranked = np.sort(np.nan_to_num(scores, nan=-1.0), axis=1)
    clear = ranked[:, -1] - ranked[:, -2] >= LayerParams().minimum_margin
    best = np.array(NAMES, object)[np.nan_to_num(scores, nan=-1.0).argmax(axis=1)]
    said = np.where(clear, best, "mixed")
    return np.where(labels["layer"] == "unknown", "unknown", said)


if __name__ == "__main__":
    main()

"""Parameters of the churn model. Not here: how it is computed (`models/customers/churn.py`).

The label window of 30 days is the domain's `churn_30d`. The rest was chosen on snapshots whose
label window ended before the reported days, never on the reported days.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LABEL_DAYS = 30  # no order in the next 30 days: data_contracts/domain.md#churn


@dataclass(frozen=True, kw_only=True)
class TreeParams:
    """A small LightGBM: churn data is noisy, so few leaves and many users per leaf."""

    trees: int = 120
    learning_rate: float = 0.04
    leaves: int = 6
    users_per_leaf: int = 200
    l2: float = 20.0
    feature_share: float = 0.5
    row_share: float = 0.7
    seed: int = 20260901
    # 37,000 rows: 2.3 s on one thread, 13 to 41 s on two of a busy two-core machine (spinning).
    threads: int = 1

    def lightgbm(self) -> dict[str, object]:
        """Return LightGBM's own parameter names, the thread count included."""
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.users_per_leaf,
            "lambda_l2": self.l2,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }


@dataclass(frozen=True, kw_only=True)
class RhythmParams:
    """Parameters of `rhythm_churn`, the rule used while history is too short for a model."""

    default_rhythm_days: float = 30.0  # with one order day, if no user has more
    patience_rhythms: float = 3.0  # overdue by this many rhythms: gone with 1 − 1/e = 63 %


@dataclass(frozen=True, kw_only=True)
class ChurnParams:
    """Snapshots, sampling, calibration, when to retrain, when to give up and use the rule."""

    label_days: int = LABEL_DAYS
    snapshot_step_days: int = 14  # whole weeks: every snapshot falls on the same weekday
    max_snapshots: int = 12
    min_history_days: int = 28  # a snapshot needs this much history before it
    window_days: int = 365  # orders older than this count only for tenure and the total
    max_training_users: int = 20_000  # sampled by hash of the user: bounds training time
    min_training_users: int = 200  # fewer distinct users: the rule instead of the model
    min_each_outcome: int = 50  # fewer rows of either outcome: the rule instead of the model
    retrain_every_days: int = 7
    calibration_folds: int = 3
    bootstrap_draws: int = 200
    bootstrap_seed: int = 7
    opened_known_after_days: int = 3  # whether a contact was opened has no time of its own
    tree: TreeParams = field(default_factory=TreeParams)
    rhythm: RhythmParams = field(default_factory=RhythmParams)

    def __post_init__(self) -> None:
        if self.snapshot_step_days % 7:
            raise ValueError("snapshot_step_days must be a multiple of 7, else weekdays mix")
        if self.label_days < 1 or self.max_snapshots < 1:
            raise ValueError("label_days and max_snapshots must be at least 1")


CHURN = ChurnParams()

"""The watch on the demand model as asset checks of Dagster: they warn, they never block.

Belongs here: turning the alarms of `demand_drift` into check results. Does not: when something is
an alarm (`models/demand/drift`). The run card reports it itself, so nothing goes to the page
of checks.
"""

from collections.abc import Iterable
from datetime import date

import dagster as dg

from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from data_contracts.tables.demand import DEMAND_DRIFT

INPUTS, ERRORS = "inputs_like_the_fitted_rows", "error_as_usual"
_SAYS = {
    INPUTS: "what the model is asked with is like what it learnt from (输入与训练时相似)",
    ERRORS: "no run of days with too large an error (预测误差没有连续偏大)",
}
_ALARMS = """
select case when kind = 'input' then $inputs else $errors end as check_name, name, reason_zh
from demand_drift
where as_of = $as_of and is_alarm
order by kind, name
"""


@dg.multi_asset_check(
    name="watch_demand_drift",
    specs=[
        dg.AssetCheckSpec(name=name, asset=DEMAND_DRIFT.name, description=says, partitions_def=DAYS)
        for name, says in _SAYS.items()
    ],
)
def demand_drift_watch(
    context: dg.AssetCheckExecutionContext, linli: dg.ResourceParam[LinliHome]
) -> Iterable[dg.AssetCheckResult]:
    yield from watch(linli, date.fromisoformat(context.partition_key))


def watch(home: LinliHome, as_of: date) -> list[dg.AssetCheckResult]:
    """One result per check, with the alarms of `as_of`."""
    with home.lakehouse.session(DEMAND_DRIFT) as session:
        alarms = session.rows(_ALARMS, as_of=as_of, inputs=INPUTS, errors=ERRORS)
    results = []
    for check in _SAYS:
        mine = [f"- **{name}** {reason}" for of, name, reason in alarms if of == check]
        results.append(
            dg.AssetCheckResult(
                asset_key=DEMAND_DRIFT.name,
                check_name=check,
                passed=not mine,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"alarms": len(mine), "what": dg.MetadataValue.md("\n".join(mine) or "-")},
            )
        )
    return results

"""Report the alarms of `demand_drift` as asset checks: they warn and never block.

Not here: when a value is an alarm (`models/demand/drift`). The run card has a section of its own,
so the page of checks does not show them.
"""

from collections.abc import Iterable
from datetime import date

import dagster as dg

from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from data_contracts.messages import description
from data_contracts.tables.demand import DEMAND_DRIFT

INPUTS, ERRORS = "inputs_like_the_fitted_rows", "error_as_usual"
_DESCRIPTIONS = {
    INPUTS: description("输入与训练时相似", "inputs are distributed as in training"),
    ERRORS: description("预测误差没有连续偏大", "no series of days with too large an error"),
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
        dg.AssetCheckSpec(name=name, asset=DEMAND_DRIFT.name, description=text, partitions_def=DAYS)
        for name, text in _DESCRIPTIONS.items()
    ],
)
def demand_drift_check(
    context: dg.AssetCheckExecutionContext, linli: dg.ResourceParam[LinliHome]
) -> Iterable[dg.AssetCheckResult]:
    yield from drift_check_results(linli, date.fromisoformat(context.partition_key))


def drift_check_results(home: LinliHome, as_of: date) -> list[dg.AssetCheckResult]:
    """Return one result per check, with the alarms of `as_of`."""
    with home.lakehouse.session(DEMAND_DRIFT) as session:
        alarms = session.rows(_ALARMS, as_of=as_of, inputs=INPUTS, errors=ERRORS)
    results = []
    for check in _DESCRIPTIONS:
        lines = [f"- **{name}** {reason}" for of, name, reason in alarms if of == check]
        results.append(
            dg.AssetCheckResult(
                asset_key=DEMAND_DRIFT.name,
                check_name=check,
                passed=not lines,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "alarms": len(lines),
                    "what": dg.MetadataValue.md("\n".join(lines) or "-"),
                },
            )
        )
    return results

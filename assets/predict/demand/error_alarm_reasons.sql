-- Reasons to refit early: alarms of the newest scored day before $as_of, if it is not before
-- $from_day.
with scored_days as (
    select as_of, kind, name, reason, is_alarm
    from demand_drift
    where kind <> 'input' and limit_wape is not null and as_of < $as_of and as_of >= $from_day
)

select reason
from scored_days
where is_alarm and as_of = (select max(as_of) from scored_days)
order by kind, name

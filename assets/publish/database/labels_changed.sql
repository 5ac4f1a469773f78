-- Labels that changed on the newest day, with the reason and the number of evidence rows.
select
    l.as_of,
    l.user_id,
    l.previous_layer,
    l.layer,
    l.confidence,
    l.reason_zh,
    count(e.row_key) as evidence_rows
from layer_labels as l
left join label_evidence as e on l.as_of = e.as_of and l.user_id = e.user_id
where l.is_changed and l.as_of = (select max(as_of) from layer_labels)
group by all
order by l.confidence desc, l.user_id

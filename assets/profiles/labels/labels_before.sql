-- Labels of the users of the part on the last labelled day before $as_of.
select user_id, layer, previous_layer, valid_from
from layer_labels
where
    as_of = (select max(as_of) from layer_labels where as_of < $as_of)
    and user_id in (select user_id from users_of_part)

-- Labels of users looked at on the last day before $as_of that has any.
select user_id, layer, previous_layer, valid_from
from layer_labels
where
    as_of = (select max(as_of) from layer_labels where as_of < $as_of)
    and user_id in (select user_id from users_of_part)

-- One shipment per order that was handed to the carrier, with or without items. What became of a
-- cancelled order under way is not in the source, and neither is why something came late.
SELECT
    order_id AS shipment_id,
    order_id,
    dispatched_at,
    promised_on + INTERVAL 1 DAY - INTERVAL 1 SECOND AS promised_at,
    arrived_at,
    CASE
        WHEN arrived_at IS NOT NULL OR status = 'delivered' THEN 'arrived'
        WHEN status = 'shipped' THEN 'in_transit'
    END AS shipment_status,
    CASE
        WHEN arrived_at::DATE > promised_on THEN 'late'
        WHEN arrived_at::DATE <= promised_on THEN 'none'
    END AS issue,
    community_id
FROM purchases
WHERE dispatched_at IS NOT NULL
ORDER BY dispatched_at, order_id

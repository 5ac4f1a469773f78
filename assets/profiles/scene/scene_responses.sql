-- Responses to rain, holidays and school season, shrunk: (orders on such days + k) ÷ (orders
-- expected by their share of the days + k), k = $response_prior_orders. The possible days change
-- daily, so responses are computed for all users every day.
select
    d.* replace (
        case
            when d.orders_with_weather > 0
                then
                    (d.rainy_orders + $response_prior_orders)
                    / (d.orders_with_weather * x.rainy_day_share + $response_prior_orders)
        end as rain_response,
        case
            when d.orders_with_calendar > 0
                then
                    (d.holiday_orders + $response_prior_orders)
                    / (d.orders_with_calendar * x.holiday_share_of_days + $response_prior_orders)
        end as holiday_response,
        case
            when d.orders_with_calendar > 0
                then
                    (d.school_orders + $response_prior_orders)
                    / (d.orders_with_calendar * x.school_share_of_days + $response_prior_orders)
        end as school_response
    )
from day_rows as d
left join scene_exposure as x on d.user_id = x.user_id

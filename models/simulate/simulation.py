"""Compose the simulation: from a configuration to exports, truth and platform.

Follows cause and effect: surroundings, goods, people, demand, delivery problems, contacts,
purchases, shortages, messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.platform_file import Platform
from models.simulate import (
    baskets,
    browsing,
    campaign,
    catalogue,
    deliveries,
    effects,
    events,
    generated_lines,
    neighbourhoods,
    orders_export,
    promotions,
    purchasing,
    rhythm,
    seasons,
    shortage,
    stock,
    suppliers,
    truth,
    users,
    weather,
)
from models.simulate.chat_messages import simulate_chat
from models.simulate.config import SimulationConfig
from models.simulate.simulated_days import Timeline, streams


@dataclass(frozen=True)
class SimulatedPlatform:
    """Result of a simulation.

    `exports`: one Arrow table per contract of `data_contracts.exports`, in its schema. `truth`:
    frames to assess results with (users, layers, demand, events, effects, campaign, messages, lead
    times), never read by the pipeline. `platform`: the content of `platform.toml`.
    """

    exports: dict[str, pa.Table]
    truth: dict[str, pd.DataFrame]
    platform: Platform


def simulate(config: SimulationConfig) -> SimulatedPlatform:
    """Simulate a platform; the same configuration always gives the same tables."""
    timeline, rng = Timeline.of(config), streams(config.seed)
    places = neighbourhoods.build_communities(config, timeline, rng["communities"])
    calendar = seasons.build_seasons(timeline, places.regions, rng["calendar"])
    skies = weather.build_weather(timeline, calendar, places.regions, rng["weather"])
    goods = catalogue.build_catalogue(config, timeline, rng["catalogue"])
    on_offer = catalogue.offered(goods, timeline)

    people = users.build_users(config, timeline, places, rng["users"])
    plan = events.plan(people, places, timeline, rng["events"])
    people = events.apply(plan, people)
    daily_units = baskets.expected_daily_units(people, goods, config.lines_per_order)
    offers = promotions.build_promotions(timeline, goods, daily_units, rng["promotions"])
    pull = effects.build_effects(calendar, skies, goods, offers, on_offer)

    natural_churn_day = people.churn_day
    clock = rhythm.clocks(people, places, pull, calendar, plan, timeline)
    wanted = rhythm.draw_orders(clock, people, timeline, rng["rhythm"])
    wanted = _with_issues(wanted, people, places, skies, rng["delivery"])
    churn_day = deliveries.churn_after_issues(
        wanted.user, wanted.day, wanted.issue, people, rng["delivery"]
    )
    people = people.with_churn(churn_day)
    wanted = wanted.take(wanted.day < people.churn_day[wanted.user])
    clock = rhythm.clocks(people, places, pull, calendar, plan, timeline)

    response = campaign.responses(people, rng["campaign"])
    contacts, wanted = campaign.run_campaign(
        config, timeline, people, clock, wanted, response, rng["campaign"]
    )
    people = _after_refusals(people, contacts)
    wanted = _with_issues(wanted, people, places, skies, rng["delivery"], wanted.from_campaign)
    wanted = wanted.take(np.lexsort((wanted.user, wanted.second)))

    usual = baskets.usual_skus(people, goods, pull, rng["baskets"])
    lines = baskets.draw_baskets(
        wanted, people, places, goods, offers, pull, on_offer, usual, calendar.before_spring,
        config.lines_per_order, rng["baskets"],
    )  # fmt: skip
    cut = shortage.cut(
        lines, people, places, goods, offers, skies, on_offer, timeline, config.stockout_share,
        rng["shortage"],
    )  # fmt: skip
    sales = generated_lines.build_order_lines(
        lines, cut.sold_milli, wanted, people, timeline, goods.size, rng["orders"]
    )
    burst = _burst(sales, people, goods, timeline)
    messages, message_truth, complaining = simulate_chat(
        sales, people, places, goods, plan, burst, timeline, rng["chat"]
    )
    sold = _sold_cells(lines, cut, people, places, goods, timeline)
    followed = range(stock.first_stock_day(timeline), timeline.days)
    flow = stock.follow_stock(sold, cut, goods, on_offer, followed, rng["stock"])
    sources = suppliers.build_suppliers(goods, rng["purchasing"])
    bought = purchasing.build_purchases(
        flow.deliveries, sold, cut, goods, sources, on_offer, timeline, rng["purchasing"]
    )
    exports = {
        "orders": orders_export.orders_export(sales, people, places, goods, offers, timeline),
        "browse": browsing.browse_export(
            lines, people, places, goods, on_offer, timeline, rng["browse"]
        ),
        "chat": messages,
        "logistics": deliveries.logistics_export(sales.orders.shipments(), places, timeline),
        "products": catalogue.products_export(goods, timeline, offers.list_fen[timeline.days - 1]),
        "communities": neighbourhoods.communities_export(places, timeline),
        "users": users.users_export(people, places, timeline),
        "stock": stock.stock_export(flow, goods, places, timeline),
        "availability": shortage.availability_export(cut, on_offer, goods, places, timeline),
        "promotions": promotions.promotions_export(offers, goods, timeline),
        "weather": weather.weather_export(timeline, skies, places.region_ids, rng["weather"]),
        "holidays": seasons.holidays_export(timeline, calendar, places.region_ids),
        "contacts": campaign.contacts_export(
            contacts, people, _favourite(people, usual), goods.ids, timeline
        ),
        "suppliers": suppliers.suppliers_export(
            sources, purchasing.least_order_yuan(bought, goods, sources)
        ),
        "supply_terms": purchasing.supply_terms_export(
            bought, goods, sources, timeline, rng["purchasing"]
        ),
        "purchase_orders": purchasing.purchase_orders_export(
            bought, goods, sources, places, timeline, rng["purchasing"]
        ),
    }
    sku_ids = goods.ids.to_pylist()
    answers = {
        "users": truth.users_truth(people, natural_churn_day, clock, wanted, response, timeline),
        "layers": truth.layers_truth(people, timeline),
        "demand": shortage.demand_truth(lines, cut, people, goods, places, timeline),
        "events": events.events_truth(
            plan, burst, complaining, people, places, skies, timeline, sku_ids
        ),
        "effects": effects.effects_truth(
            calendar, skies, offers, goods, timeline, places.region_ids, sku_ids
        ),
        "campaign": campaign.campaign_truth(contacts, people, wanted, timeline),
        "messages": message_truth,
        "lead_times": suppliers.lead_times_truth(sources, goods),
    }
    return SimulatedPlatform(exports, answers, config.platform())


def _with_issues(
    orders: rhythm.Orders,
    people: users.Users,
    places: neighbourhoods.Communities,
    skies: weather.Weather,
    rng: np.random.Generator,
    only: np.ndarray | None = None,
) -> rhythm.Orders:
    """Add the delivery problem of each order; with `only`, redraw those orders alone."""
    region = places.region[people.community[orders.user]]
    issue = deliveries.draw_issues(region, orders.day, skies, rng)
    if only is not None:
        issue = np.where(only, issue, orders.issue).astype(np.int8)
    return replace(orders, issue=issue)


def _after_refusals(people: users.Users, contacts: campaign.Contacts) -> users.Users:
    """Mark users who opted out during a campaign."""
    opted_out = people.opted_out.copy()
    opted_out[contacts.user[contacts.opted_out.astype(bool)]] = True
    return replace(people, opted_out=opted_out)


def _burst(
    sales: generated_lines.Sales,
    people: users.Users,
    goods: catalogue.Catalogue,
    timeline: Timeline,
) -> events.Burst:
    """Choose the burst among lines that were delivered."""
    lines = sales.lines
    came = (sales.cancelled_milli == 0) & (sales.orders.issue[lines.order] == deliveries.NONE)
    user = np.where(came, lines.user, people.size)
    return events.choose_burst(user, lines.sku, lines.second, goods.size, people, timeline)


def _sold_cells(
    lines: baskets.Lines,
    cut: shortage.Shortage,
    people: users.Users,
    places: neighbourhoods.Communities,
    goods: catalogue.Catalogue,
    timeline: Timeline,
) -> np.ndarray:
    """Thousandths of units sold per warehouse × SKU × calendar day."""
    shape = (places.warehouses, goods.size, timeline.days)
    warehouse = places.warehouse[people.community[lines.user]]
    cell = (warehouse * goods.size + lines.sku) * timeline.days + lines.day
    return np.bincount(cell, cut.sold_milli, int(np.prod(shape))).reshape(shape)


def _favourite(people: users.Users, usual: np.ndarray) -> np.ndarray:
    """The usual SKU of the category each user likes most."""
    return usual[np.arange(people.size), people.taste.argmax(axis=1)]

"""Simulate group and private chat, service messages and the complaint burst; build CHAT."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.exports import CHAT
from models.simulate import arrow, phrases
from models.simulate.assortment import WISHES
from models.simulate.catalogue import Catalogue
from models.simulate.events import BURST_LEAST_BUYERS, Burst, Plan
from models.simulate.generated_lines import Sales
from models.simulate.neighbourhoods import Communities
from models.simulate.reviews import (
    BAD,
    GOOD,
    NO_FEELING,
    PLAIN,
    Messages,
    concatenate_messages,
    fill_templates,
    reviews,
    sentences,
    some,
    with_typos,
)
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import Users, phones

_LEADER_PER_DAY = 2.2
_MESSAGE_SHARE = 0.10  # orders around which their user writes to the group
_KINDS = ("wish", "question", "chatter", "praise", "complaint")
_KIND_SHARES = (0.15, 0.29, 0.40, 0.11, 0.05)
_PRIVATE_SHARE = 0.02
_SERVICE_SHARE = 0.55  # bad deliveries somebody complains about
_QUIET_KEEPS = 0.4  # group messages left where the leader went quiet
_BURST_SHARE, _BURST_MOST = 0.6, 40


def simulate_chat(
    sales: Sales,
    users: Users,
    communities: Communities,
    catalogue: Catalogue,
    plan: Plan,
    burst: Burst,
    timeline: Timeline,
    rng: np.random.Generator,
) -> tuple[pa.Table, pd.DataFrame, int]:
    """Return CHAT in order of time, its truth per message, and the users of the complaint burst."""
    burst_messages = _burst(sales, burst, catalogue, timeline, rng)
    parts = [
        reviews(sales, catalogue, timeline, rng),
        _leaders(communities, catalogue, plan, timeline, rng),
        _group(sales, users, catalogue, plan, timeline, rng),
        *_private(sales, users, plan, timeline, rng),
        *_service(sales, users, catalogue, timeline, rng),
        burst_messages,
    ]
    messages = concatenate_messages(parts)
    order = np.argsort(messages.second, kind="stable")
    order = order[messages.second[order] < timeline.end_second]
    messages = Messages(**{n: getattr(messages, n)[order] for n in Messages.__annotations__})
    ids = arrow.numbered("M", np.arange(1, len(order) + 1), 9)
    user = np.where(messages.role == "user", messages.user, -1)
    table = arrow.table_of(
        CHAT,
        {
            "message_id": ids,
            "sent_at": arrow.moments(timeline, messages.second),
            "channel": pa.array(messages.channel, pa.string()),
            "sender_role": pa.array(messages.role, pa.string()),
            "user_id": users.user_ids(user),
            "community_id": arrow.pick(communities.ids, messages.community),
            "sku_id": arrow.pick(catalogue.ids, messages.sku),
            "order_id": arrow.numbered("", messages.order_number, 16),
            "text": pa.array(messages.text, pa.string()),
            "stars": arrow.integers(messages.stars, messages.stars == 0),
        },
    )
    return table, _truth(ids, messages), len(np.unique(burst_messages.user))


def _truth(ids: pa.Array, messages: Messages) -> pd.DataFrame:
    """message_id, kind, feeling (good, plain, bad, none), aspect (empty: none)."""
    names = {GOOD: "good", PLAIN: "plain", BAD: "bad", NO_FEELING: "none"}
    aspects = np.array((*phrases.ASPECTS, ""), object)
    return pd.DataFrame(
        {
            "message_id": ids.to_pandas(),
            "kind": messages.kind.astype(str),
            "feeling": pd.Series(messages.feeling).map(names),
            "aspect": aspects[messages.aspect].astype(str),
        }
    )


def _leaders(
    communities: Communities,
    catalogue: Catalogue,
    plan: Plan,
    timeline: Timeline,
    rng: np.random.Generator,
) -> Messages:
    """Write the leaders' daily announcements; the quiet leader stops."""
    mean = np.full((communities.count, timeline.days), _LEADER_PER_DAY)
    mean[plan.quiet_community, plan.quiet_day :] = 0
    count = rng.poisson(mean)
    community = np.repeat(np.arange(communities.count), count.sum(axis=1))
    day = np.repeat(np.tile(np.arange(timeline.days), communities.count), count.ravel())
    size = len(day)
    item = np.array(catalogue.spoken, object)[rng.integers(0, catalogue.size, size)]
    return Messages.of(
        size, second=day * DAY_SECONDS + rng.integers(8 * 3600, 21 * 3600, size),
        channel="group_chat", role="leader", community=community,
        text=fill_templates(some(phrases.LEADER_NOTICES, size, rng), item), kind="notice",
    )  # fmt: skip


def _group(
    sales: Sales,
    users: Users,
    catalogue: Catalogue,
    plan: Plan,
    timeline: Timeline,
    rng: np.random.Generator,
) -> Messages:
    """Write users' messages around their orders: wishes, questions, chatter, praise, complaints."""
    orders = sales.orders
    quiet = (orders.community == plan.quiet_community) & (
        orders.second >= plan.quiet_day * DAY_SECONDS
    )
    share = _MESSAGE_SHARE * np.where(quiet, _QUIET_KEEPS, 1.0)
    rows = np.nonzero((rng.random(len(orders.second)) < share) & (orders.user < users.real))[0]
    size = len(rows)
    kind = rng.choice(len(_KINDS), size, p=_KIND_SHARES)
    first_line = np.searchsorted(sales.lines.order, rows)
    sku = sales.lines.sku[first_line]
    item = np.array(catalogue.spoken, object)[sku]
    wanted = np.where(rng.random(size) < 0.5, item, some(WISHES, size, rng))
    feeling = np.array((NO_FEELING, NO_FEELING, NO_FEELING, GOOD, BAD))[kind]
    aspect = np.array((0, 2, 3, 4, 5))[rng.integers(0, 5, size)]
    text = np.choose(
        np.minimum(kind, 3),
        [
            fill_templates(some(phrases.WISH_FORMS, size, rng), wanted),
            fill_templates(some(phrases.QUESTIONS, size, rng), item),
            some(phrases.CHATTER, size, rng),
            sentences(feeling, aspect, item, rng),
        ],
    )
    second = orders.second[rows] + rng.integers(60, 7200, size)
    same_day = (orders.second[rows] // DAY_SECONDS + 1) * DAY_SECONDS - 1
    felt = kind >= 3
    return Messages.of(
        size, second=np.minimum(second, same_day), channel="group_chat", user=orders.user[rows],
        community=orders.community[rows], sku=np.where(felt, sku, -1),
        text=with_typos(text, rng), kind=np.array(_KINDS, object)[kind], feeling=feeling,
        aspect=np.where(felt, aspect, -1),
    )  # fmt: skip


def _private(
    sales: Sales, users: Users, plan: Plan, timeline: Timeline, rng: np.random.Generator
) -> list[Messages]:
    """Write questions to the leader, and the answers of leaders who still answer."""
    orders = sales.orders
    chosen = (rng.random(len(orders.second)) < _PRIVATE_SHARE) & (orders.user < users.real)
    rows = np.nonzero(chosen)[0]
    size = len(rows)
    questions = tuple(form for form in phrases.QUESTIONS if "{}" not in form)
    second = orders.second[rows] + rng.integers(60, 3600, size)
    asked = Messages.of(
        size, second=second, channel="private_chat", user=orders.user[rows],
        community=orders.community[rows], text=some(questions, size, rng), kind="question",
    )  # fmt: skip
    quiet = asked.community == plan.quiet_community
    heard = np.nonzero(~(quiet & (second >= plan.quiet_day * DAY_SECONDS)))[0]
    answered = Messages.of(
        len(heard), second=second[heard] + rng.integers(30, 3600, len(heard)),
        channel="private_chat", role="leader", community=asked.community[heard],
        text=some(phrases.LEADER_REPLIES, len(heard), rng), kind="answer",
    )  # fmt: skip
    # an answer may come after midnight, never from a leader who has gone quiet by then
    late = (answered.community == plan.quiet_community) & (
        answered.second >= plan.quiet_day * DAY_SECONDS
    )
    kept = {n: getattr(answered, n)[~late] for n in Messages.__annotations__}
    return [asked, Messages(**kept)]


def _service(
    sales: Sales, users: Users, catalogue: Catalogue, timeline: Timeline, rng: np.random.Generator
) -> list[Messages]:
    """Write complaints about bad deliveries, to service or in the group, and service's replies."""
    lines, orders = sales.lines, sales.orders
    hurt = sales.affected & (lines.user < users.real) & (lines.sku < catalogue.size)
    rows = np.nonzero(hurt & (rng.random(lines.size) < _SERVICE_SHARE))[0]
    _, first_of_order = np.unique(lines.order[rows], return_index=True)
    rows = rows[first_of_order]
    order, sku, size = lines.order[rows], lines.sku[rows], len(rows)
    issue = orders.issue[order]
    seen = np.where((issue == 1) | (issue == 5), orders.promised[order], orders.picked_up[order])
    second = seen + rng.integers(1200, 6 * 3600, size) + np.where(issue == 5, 16 * 3600, 0)
    forms = np.full(size, "", object)
    for number, pool in enumerate(phrases.COMPLAINTS, start=1):
        chosen = issue == number
        forms[chosen] = some(pool, int(chosen.sum()), rng)
    text = fill_templates(forms, np.array(catalogue.spoken, object)[sku])
    # some people leave their number, which nothing behind the ingest may ever see
    number_of = np.array(phones(users).to_pylist(), object)[lines.user[rows]]
    text = text + np.where(rng.random(size) < 0.05, "，我电话" + number_of, "")
    channel = np.where(rng.random(size) < 0.7, "service", "group_chat").astype(object)
    complaint = Messages.of(
        size, second=second, channel=channel, user=lines.user[rows],
        community=orders.community[order], sku=sku, order_number=orders.order_number[order],
        text=with_typos(text, rng), kind="complaint", feeling=BAD,
        aspect=np.array((-1, 3, 2, 6, 4, 3))[issue],
    )  # fmt: skip
    replied = np.nonzero((channel == "service") & (rng.random(size) < 0.9))[0]
    reply = Messages.of(
        len(replied), second=second[replied] + rng.integers(300, 7200, len(replied)),
        channel="service", role="service", community=complaint.community[replied],
        sku=sku[replied], order_number=complaint.order_number[replied],
        text=some(phrases.SERVICE_REPLIES, len(replied), rng), kind="reply",
    )  # fmt: skip
    return [complaint, reply]


def _burst(
    sales: Sales, burst: Burst, catalogue: Catalogue, timeline: Timeline, rng: np.random.Generator
) -> Messages:
    """Write the complaints about one SKU within three days, by at least ten buyers if there are
    ten.
    """
    lines, orders = sales.lines, sales.orders
    buyers = len(burst.lines)
    count = min(buyers, _BURST_MOST, max(BURST_LEAST_BUYERS + 2, round(buyers * _BURST_SHARE)))
    rows = np.sort(rng.choice(burst.lines, count, replace=False))
    spread = burst.first_day * DAY_SECONDS + rng.integers(8 * 3600, 69 * 3600, count)
    second = np.maximum(
        spread, orders.picked_up[lines.order[rows]] + rng.integers(600, 7200, count)
    )
    starred = rng.random(count) < 0.5
    item = np.full(count, catalogue.spoken[burst.sku], object)
    return Messages.of(
        count, second=second, channel=np.where(starred, "review", "service").astype(object),
        user=lines.user[rows], community=orders.community[lines.order[rows]],
        sku=lines.sku[rows], order_number=orders.order_number[lines.order[rows]],
        text=fill_templates(some(phrases.BURST_COMPLAINTS, count, rng), item),
        stars=np.where(starred, rng.integers(1, 3, count), 0), kind="burst_complaint",
        feeling=BAD, aspect=np.full(count, phrases.FRESHNESS),
    )  # fmt: skip

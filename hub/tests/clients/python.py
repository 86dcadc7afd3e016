"""What `centrifuge-python` of PyPI makes of our hubs. Started by clients.py."""

import asyncio
import itertools
import json
import os
import signal
import sys

from centrifuge import SubscriptionState

import tokens
from phone import A_WHILE_SECONDS, HUBS, STAGE, Phone, asks, equal, eventually, packed, play
from phone import refusal, unpacked

FIRST, SECOND = HUBS
STEPS = ["accept", "startCook", "finishCook"]
STATES = ["PLACED", "ACCEPTED", "COOKING", "COOKED"]

names = (f"py-{n}" for n in itertools.count(1))


async def ordered():
    """A customer nobody has heard of, with an order."""
    name = next(names)
    order = await asks("customer", name, "POST", "/orders", STAGE["basket"])
    return name, order["id"]


async def cooks(order_id, step):
    await asks("store", "cook", "PUT", f"/storeOrders/{order_id}/{STEPS[step]}")


async def watching():
    """A customer who watches their order."""
    name, order_id = await ordered()
    phone = await Phone.connected("customer", name)
    subscription = await phone.follows(f"order:{order_id}")
    seen = await phone.sees("subscribed channel")
    equal(unpacked(seen.data)["order"]["state"], "PLACED")
    return phone, order_id, subscription, seen


def state_of(news):
    return unpacked(news.pub.data)["order"]["state"]


def told(phone):
    """The states that publications told, in order."""
    return [state_of(it) for what, it in phone.journal if what == "publication channel"]


async def misses_nothing(phone, states):
    """Goes on as if nothing had happened, with what was missed and nothing twice."""
    again = await phone.sees("subscribed channel")
    equal((again.was_recovering, again.recovered, unpacked(again.data)), (True, True, None))
    await eventually(f"{states}", lambda: len(told(phone)) >= len(states))
    equal(told(phone), states)


async def what_is_not_theirs_is_refused_for_good_and_nothing_else_ends():
    phone, order_id, _, _ = await watching()
    other, foreign = await ordered()
    channels = [f"order:{foreign}", f"customer:{other}", "store:s-1", "rider:r-1"]
    for channel in [*channels, "ops", "nearby", "chat:1"]:
        await phone.follows(channel)
        refused = await phone.sees("unsubscribed channel")
        equal((channel, refused.code), (channel, 103))
    await phone.follows("order:1")
    equal((await phone.sees("unsubscribed channel")).code, 107)
    await asyncio.sleep(A_WHILE_SECONDS)
    equal(phone.count("subscribing channel"), 9, "it asked again:")
    await cooks(order_id, 0)
    await phone.sees("publication channel")
    equal(phone.road.travellers, 1)


async def news_carry_the_whole_view_in_order_each_with_its_place():
    phone, order_id, _, seen = await watching()
    assert seen.positioned and seen.recoverable, seen
    offset = seen.stream_position.offset
    version = unpacked(seen.data)["order"]["version"]
    for step in range(len(STEPS)):
        await cooks(order_id, step)
        news = (await phone.sees("publication channel")).pub
        order = unpacked(news.data)["order"]
        equal(order["state"], STATES[step + 1])
        assert news.offset > offset and order["version"] > version, news
        offset, version = news.offset, order["version"]


async def a_rider_who_looks_around_says_from_where():
    phone = await Phone.connected("rider", "py-rider")
    here = {name: STAGE["store"][name] for name in ("lat", "lng")}
    around = await phone.follows("nearby", data=packed(here))
    equal((await phone.sees("unsubscribed channel")).reason, "go online first")
    await phone.calls("riders.online", {})
    await phone.calls("riders.location", here)
    await around.subscribe()
    seen = unpacked((await phone.sees("subscribed channel")).data)
    assert isinstance(seen["jobs"], list) and seen["radiusMeters"] > 0, seen


async def commands_are_answered_as_http_would():
    phone, order_id, _, _ = await watching()
    order = await phone.calls("orders.get", {"orderId": order_id})
    equal(order, await asks("customer", order["customerId"], "GET", f"/orders/{order_id}"))
    await cooks(order_id, 0)
    await cooks(order_id, 1)
    late = await refusal(phone.calls("orders.cancel", {"orderId": order_id}))
    problem = json.loads(late.message)
    equal((late.code, problem["code"]), (1409, "cancel_too_late"))
    equal(problem["order"]["state"], "COOKING")
    _, foreign = await ordered()
    for method, data, code in [
        ("orders.eat", {}, 104),
        ("orders.get", {"orderId": foreign}, 1404),
        ("orders.cancel", {"orderId": foreign}, 1404),
        ("orders.get", {}, 1422),
        ("storeOrders.accept", {"orderId": order_id}, 1403),
    ]:
        equal((await refusal(phone.calls(method, data))).code, code, method)
    equal(phone.road.travellers, 1)


async def what_is_asked_at_once_is_answered_each_by_itself():
    phone, order_id, _, _ = await watching()
    order, eaten, statuses, past = await asyncio.gather(
        phone.calls("orders.get", {"orderId": order_id}),
        refusal(phone.calls("orders.eat", {})),
        phone.calls("orderStatuses.list", {}),
        refusal(phone.client.history("ops")),
    )
    equal((order["id"], eaten.code, past.code), (order_id, 104, 108))
    assert isinstance(statuses["orderStatuses"], list), statuses


async def what_is_not_offered_is_refused_and_nothing_else_ends():
    phone, order_id, subscription, _ = await watching()
    for asked in (
        subscription.publish(packed({})),
        subscription.history(limit=1),
        subscription.presence(),
        subscription.presence_stats(),
        phone.client.publish("store:s-1", packed({})),
        phone.client.history(f"order:{order_id}", limit=10),
    ):
        equal((await refusal(asked)).code, 108)
    await asyncio.sleep(A_WHILE_SECONDS)
    await cooks(order_id, 0)
    await phone.sees("publication channel")
    equal(phone.road.travellers, 1)


async def who_cannot_make_up_their_mind_ends_where_they_said_last():
    phone, order_id, subscription, _ = await watching()
    for turn in range(8):
        await subscription.unsubscribe()
        await subscription.subscribe()
        await asyncio.sleep(0.001 * (turn % 3))
    is_there = SubscriptionState.SUBSCRIBED
    await eventually("followed", lambda: subscription.state == is_there)
    await cooks(order_id, 0)
    await phone.sees("publication channel")
    await subscription.unsubscribe()
    await phone.calls("orders.get", {"orderId": order_id})
    await cooks(order_id, 1)
    await asyncio.sleep(A_WHILE_SECONDS)
    equal((told(phone), phone.road.travellers), (["ACCEPTED"], 1))


async def who_was_cut_off_misses_nothing():
    phone, order_id, _, _ = await watching()
    phone.road.leads_to(None)
    phone.road.breaks()
    await phone.sees("connecting")
    await cooks(order_id, 0)
    await cooks(order_id, 1)
    phone.road.leads_to(FIRST["url"])
    await misses_nothing(phone, ["ACCEPTED", "COOKING"])
    await cooks(order_id, 2)
    await phone.sees("publication channel", lambda it: state_of(it) == "COOKED")


async def who_was_cut_off_misses_nothing_at_another_hub():
    phone, order_id, _, _ = await watching()
    phone.road.leads_to(None)
    phone.road.breaks()
    await phone.sees("connecting")
    await cooks(order_id, 0)
    phone.road.leads_to(SECOND["url"])
    await misses_nothing(phone, ["ACCEPTED"])
    await cooks(order_id, 1)
    await phone.sees("publication channel", lambda it: state_of(it) == "COOKING")
    # And nothing is told again to who missed nothing.
    phone.road.leads_to(FIRST["url"])
    phone.road.breaks()
    await misses_nothing(phone, ["ACCEPTED", "COOKING"])


async def a_silent_line_is_asked_and_answers():
    phone = await Phone.connected("customer", "mina")
    await eventually("a pong", lambda: phone.road.pongs)
    await phone.calls("orders.list", {})
    equal((phone.road.pings, phone.road.travellers), (1, 1))


async def who_is_sent_to_another_hub_misses_nothing():
    phone, order_id, _, _ = await watching()
    phone.road.leads_to(None)
    os.kill(FIRST["pid"], signal.SIGTERM)
    equal((await phone.sees("connecting", lambda it: it.code)).code, 3001)
    await cooks(order_id, 0)
    await cooks(order_id, 1)
    phone.road.leads_to(SECOND["url"])
    await misses_nothing(phone, ["ACCEPTED", "COOKING"])
    await cooks(order_id, 2)
    await phone.sees("publication channel", lambda it: state_of(it) == "COOKED")


CASES = [
    *tokens.CASES,
    what_is_not_theirs_is_refused_for_good_and_nothing_else_ends,
    news_carry_the_whole_view_in_order_each_with_its_place,
    a_rider_who_looks_around_says_from_where,
    commands_are_answered_as_http_would,
    what_is_asked_at_once_is_answered_each_by_itself,
    what_is_not_offered_is_refused_and_nothing_else_ends,
    who_cannot_make_up_their_mind_ends_where_they_said_last,
    who_was_cut_off_misses_nothing,
    who_was_cut_off_misses_nothing_at_another_hub,
    a_silent_line_is_asked_and_answers,
    # The last: afterwards there is one hub less.
    who_is_sent_to_another_hub_misses_nothing,
]

if __name__ == "__main__":
    sys.exit(1 if asyncio.run(play(CASES)) else 0)

"""How people are known, and for how long."""

import asyncio
import re

from phone import A_WHILE_SECONDS, Phone, equal, eventually, unpacked
from stage import token


async def stays_away(phone, code):
    """Is ended, and does not come back by itself."""
    equal((await phone.sees("disconnected")).code, code)
    await asyncio.sleep(A_WHILE_SECONDS)
    equal(phone.road.travellers, 1, "it came back:")


async def a_token_says_who_somebody_is():
    phone = await Phone.of(token("customer", "mina"))
    await phone.client.connect()
    welcome = await phone.sees("connected")
    assert re.fullmatch("[0-9a-f-]{36}", welcome.client), welcome
    equal(unpacked(welcome.data)["role"], "customer")


async def a_token_that_was_made_up_ends_it_for_good():
    for bearer in ("made.up.token", token("customer", "mina")[:-4] + "AAAA"):
        phone = await Phone.of(bearer)
        await phone.client.connect()
        await stays_away(phone, 3500)


async def a_token_that_has_run_out_is_replaced():
    granted = []

    async def get_token():
        granted.append(token("customer", "mina"))
        return granted[-1]

    phone = await Phone.of(token("customer", "mina", -60), get_token=get_token)
    await phone.client.connect()
    await phone.sees("connected")
    equal(len(granted), 1)


async def a_token_is_renewed_before_it_runs_out_on_the_same_connection():
    granted = []

    async def get_token():
        granted.append(token("customer", "mina", 2))
        return granted[-1]

    phone = await Phone.of(token("customer", "mina", 2), get_token=get_token)
    await phone.client.connect()
    # Each answer says when the next token is needed.
    await eventually("a third token", lambda: len(granted) >= 3)
    await phone.calls("orders.list", {})
    equal((phone.count("connected"), phone.road.travellers), (1, 1))


async def a_renewed_token_of_somebody_else_ends_it_for_good():
    async def get_token():
        return token("customer", "jun")

    phone = await Phone.of(token("customer", "mina", 2), get_token=get_token)
    await phone.client.connect()
    await phone.sees("connected")
    await stays_away(phone, 3500)


async def a_renewed_token_that_has_run_out_is_replaced_once_more():
    tokens = [token("customer", "mina"), token("customer", "mina", -60)]

    async def get_token():
        return tokens.pop()

    phone = await Phone.of(token("customer", "mina", 2), get_token=get_token)
    await phone.client.connect()
    await phone.sees("connected")
    equal((await phone.sees("connecting")).code, 3005)
    await phone.sees("connected")


CASES = [
    a_token_says_who_somebody_is,
    a_token_that_was_made_up_ends_it_for_good,
    a_token_that_has_run_out_is_replaced,
    a_token_is_renewed_before_it_runs_out_on_the_same_connection,
    a_renewed_token_of_somebody_else_ends_it_for_good,
    a_renewed_token_that_has_run_out_is_replaced_once_more,
]

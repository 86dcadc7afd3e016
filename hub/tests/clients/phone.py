"""Somebody with a phone: a client library on a road of its own, and a journal of what it said."""

import asyncio
import json
import os
import sys
import time

from centrifuge import Client, ClientEventHandler, ReplyError, SubscriptionEventHandler

from road import Road
from stage import asked, token

STAGE = json.loads(os.environ["STAGE"])
HUBS = STAGE["hubs"]
IS_PROTOBUF = STAGE["encoding"] == "protobuf"
# How long anything may take on a busy machine; a ping comes within 25 s.
PATIENCE_SECONDS = 60
# A case waits for many things.
CASE_SECONDS = 300
LOOK_EVERY_SECONDS = 0.01
# What a library does again, it does within this time: ten times its shortest delay.
A_WHILE_SECONDS = 0.5


async def eventually(what, look):
    """Waits until `look` finds something."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < give_up_at, f"never: {what}"
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return found


def equal(seen, expected, about=""):
    assert seen == expected, f"{about} {seen!r} and not {expected!r}"


def packed(data):
    """What a payload is on the wire of this encoding."""
    return json.dumps(data).encode() if IS_PROTOBUF else data


def unpacked(data):
    # In Protobuf no bytes are no data.
    return json.loads(data) if IS_PROTOBUF and data else data or None


class Journal(ClientEventHandler, SubscriptionEventHandler):
    """Writes down what a library says."""

    def __init__(self, pages, about):
        self._pages = pages
        self._about = about

    def __getattribute__(self, name):
        if not name.startswith("on_"):
            return object.__getattribute__(self, name)
        what = name.removeprefix("on_") + self._about

        async def note(context):
            self._pages.append((what, context))

        return note


class Phone:
    """Of somebody at the first hub, who is not connected yet."""

    everybody = []

    @staticmethod
    async def of(bearer, **options):
        phone = Phone()
        Phone.everybody.append(phone)
        phone.journal = []
        phone._read = 0
        phone.road = await Road.to(HUBS[0]["url"])
        phone.client = Client(
            phone.road.url,
            events=Journal(phone.journal, ""),
            token=bearer,
            use_protobuf=IS_PROTOBUF,
            min_reconnect_delay=0.05,
            max_reconnect_delay=0.2,
            proxy=None,
            **options,
        )
        return phone

    @staticmethod
    async def connected(role, name, **options):
        """Of somebody who is connected."""
        phone = await Phone.of(token(role, name), **options)
        await phone.client.connect()
        await phone.sees("connected")
        return phone

    async def follows(self, channel, **options):
        events = Journal(self.journal, " channel")
        subscription = self.client.new_subscription(channel, events=events, **options)
        await subscription.subscribe()
        return subscription

    async def sees(self, what, is_it=lambda _: True):
        """Waits for the next `what`; whatever came before it is behind us then."""

        def look():
            for at, (name, context) in enumerate(self.journal[self._read :], self._read):
                if name == what and is_it(context):
                    self._read = at + 1
                    return [context]
            return None

        [context] = await eventually(what, look)
        return context

    def count(self, what):
        return sum(name == what for name, _ in self.journal)

    async def calls(self, method, data):
        """Calls a method; returns its answer."""
        return unpacked((await self.client.rpc(method, packed(data))).data)


async def refusal(awaitable):
    """The error with which something was refused."""
    try:
        answer = await awaitable
    except ReplyError as refused:
        return refused
    raise AssertionError(f"not refused: {answer}")


async def asks(role, name, method, path, body=None):
    """Asks the hub over HTTP, where every command can be given too."""
    url = HUBS[-1]["url"]
    return await asyncio.to_thread(asked, url, method, path, body or {}, token(role, name))


async def play(cases):
    """Plays the cases one after the other, a line for each; returns how many failed."""
    failed = 0
    for case in cases:
        name = case.__name__.replace("_", " ")
        try:
            await asyncio.wait_for(case(), CASE_SECONDS)
            print(f"ok      {name}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAILED  {name}: {error!r}", flush=True)
            for phone in Phone.everybody:
                print(f"        {phone.road.travellers} connections were opened; seen:")
                for seen in phone.journal:
                    print(f"        {seen}", flush=True)
        for phone in Phone.everybody:
            await asyncio.wait_for(phone.client.disconnect(), PATIENCE_SECONDS)
            await asyncio.wait_for(phone.road.close(), PATIENCE_SECONDS)
        Phone.everybody.clear()
    sys.stdout.flush()
    return failed

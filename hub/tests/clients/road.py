"""The way from a phone to a hub. It leads where it is told, and can break off."""

import asyncio
from urllib.parse import urlsplit

# A ping of the hub, in both encodings: a whole frame with an empty message.
PINGS = (b"\x81\x02{}", b"\x82\x01\x00")
# What a client puts before its payload: two bytes of head, four of mask.
MASKED_HEAD_BYTES = 6


class Road:
    """One way, with as many on it as set out."""

    def __init__(self):
        self.travellers = 0
        self.pings = 0
        self.pongs = 0
        self.hub = None
        self._open = set()
        self._carrying = set()
        self._server = None

    @staticmethod
    async def to(url):
        road = Road()
        road.leads_to(url)
        road._server = await asyncio.start_server(road._carry, "127.0.0.1", 0)
        return road

    @property
    def url(self):
        port = self._server.sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{port}/connection/websocket"

    def leads_to(self, url):
        """Whoever sets out from here on arrives at the hub at `url`; nowhere if there is none."""
        self.hub = url and urlsplit(url)

    def breaks(self):
        """Everybody who is on it is cut off."""
        for writer in list(self._open):
            writer.close()

    async def close(self):
        self._server.close()
        self.breaks()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader, writer):
        self._carrying.add(asyncio.current_task())
        self.travellers += 1
        if not self.hub:
            writer.close()
            return
        hub_reader, hub_writer = await asyncio.open_connection(self.hub.hostname, self.hub.port)
        self._open |= {writer, hub_writer}
        pinged = 0

        def heard(chunk):
            nonlocal pinged
            if chunk in PINGS:
                self.pings += 1
                pinged = len(chunk) - 2

        def said(chunk):
            nonlocal pinged
            if pinged and len(chunk) == MASKED_HEAD_BYTES + pinged:
                self.pongs += 1
                pinged = 0

        async def pass_on(source, target, noted):
            try:
                while chunk := await source.read(65_536):
                    noted(chunk)
                    target.write(chunk)
                    await target.drain()
            except OSError:
                pass
            finally:
                self._open.discard(target)
                target.close()

        await asyncio.gather(pass_on(reader, hub_writer, said), pass_on(hub_reader, writer, heard))

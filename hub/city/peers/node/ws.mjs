// The library `ws`, and of a hub no more than anybody would write at first: who follows what, and
// one reader of a Redis Stream.
//
// Usage: node ws.mjs <port> <port of Redis>
import { createClient } from "redis";
import { WebSocketServer } from "ws";

const READ_MAX = 1000;
const WAIT_MILLIS = 1000;

const [port, redisPort] = process.argv.slice(2).map(Number);

const topics = new Map();
const server = new WebSocketServer({
  port,
  host: "127.0.0.1",
  backlog: 4096,
  perMessageDeflate: false,
});
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const { topic } = JSON.parse(data);
    const sockets = topics.get(topic) ?? new Set();
    topics.set(topic, sockets.add(socket));
    socket.on("close", () => sockets.delete(socket));
    socket.send("joined");
  });
});

const redis = createClient({ url: `redis://127.0.0.1:${redisPort}` });
await redis.connect();
for (let id = "$"; ; ) {
  const streams = await redis.xRead({ key: "news", id }, { COUNT: READ_MAX, BLOCK: WAIT_MILLIS });
  for (const { id: read, message } of streams?.[0].messages ?? []) {
    id = read;
    for (const socket of topics.get(message.topic) ?? []) socket.send(message.body);
  }
}

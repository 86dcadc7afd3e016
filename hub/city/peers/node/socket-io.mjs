// Socket.IO with its Redis Streams adapter. News come as its emitter writes them: into the
// adapter's own stream.
//
// Usage: node socket-io.mjs <port> <port of Redis>
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-streams-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, redisPort] = process.argv.slice(2).map(Number);

const redis = createClient({ url: `redis://127.0.0.1:${redisPort}` });
await redis.connect();

const http = createServer();
const io = new Server(http, {
  adapter: createAdapter(redis),
  serveClient: false,
  transports: ["websocket"],
});
// As its documentation advises to those who count bytes.
io.engine.on("connection", (raw) => {
  raw.request = null;
});
io.on("connection", (socket) => {
  socket.join(socket.handshake.auth.topic);
  socket.emit("joined");
});
http.listen({ port, host: "127.0.0.1", backlog: 4096 });

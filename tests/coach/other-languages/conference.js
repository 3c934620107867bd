// Exercise 06 in JavaScript (Node): the conference call. One thread serves all clients.

const net = require("node:net");

const LONGEST = 4096;
// How many bytes may wait for one client.
const WAITING = 4 << 20;
// 来了 and 走了 in GBK.
const COMES = Buffer.from(" \xc0\xb4\xc1\xcb", "latin1");
const LEAVES = Buffer.from(" \xd7\xdf\xc1\xcb", "latin1");

const clients = new Map();

// Sends a line to all clients but the sender. It waits for none of them.
function tell(parts, sender) {
  const line = Buffer.concat([...parts.map((part) => Buffer.from(part)), Buffer.from("\n")]);
  for (const [name, socket] of clients) {
    if (name === sender) continue;
    socket.write(line);
    if (socket.writableLength > WAITING) socket.destroy();
  }
}

const server = net.createServer({ allowHalfOpen: false, noDelay: true }, (socket) => {
  const name = `${socket.remoteAddress}:${socket.remotePort}`;
  let received = Buffer.alloc(0);
  clients.set(name, socket);
  tell([name, COMES]);
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    let end;
    while ((end = received.indexOf("\n")) >= 0) {
      const drop = end > 0 && received[end - 1] === 13 ? 1 : 0;
      tell([name, ">>>", received.subarray(0, end - drop)], name);
      received = received.subarray(end + 1);
    }
    if (received.length > LONGEST) socket.destroy();
  });
  socket.on("error", (error) => console.error(`${name}: ${error.message}`));
  socket.on("close", () => {
    clients.delete(name);
    tell([name, LEAVES]);
  });
});

const [host, port] = process.argv.slice(2);
server.listen({ host, port: Number(port), backlog: 4096 });

"""Exercise 06 in Python: the conference call, with asyncio: one thread for all clients."""

import asyncio
import signal
import sys

LONGEST = 4096
# How many bytes may wait for one client.
WAITING = 4 << 20

clients = {}


def tell(line, sender=None):
    """Sends a line to all clients but the sender. It waits for none of them."""
    for name, writer in list(clients.items()):
        if name == sender:
            continue
        writer.write(line + b"\n")
        if writer.transport.get_write_buffer_size() > WAITING:
            writer.transport.abort()


async def serve(reader, writer):
    name = "{}:{}".format(*writer.get_extra_info("peername"))
    clients[name] = writer
    tell(f"{name} 来了".encode("gbk"))
    try:
        while line := await reader.readline():
            if not line.endswith(b"\n"):
                break
            text = line[:-1].removesuffix(b"\r")
            tell(name.encode() + b">>>" + text, sender=name)
    except (ConnectionError, ValueError) as error:
        print(f"{name}: {error}", file=sys.stderr)
    finally:
        del clients[name]
        tell(f"{name} 走了".encode("gbk"))
        writer.close()


async def main():
    host, port = sys.argv[1].rsplit(":", 1)
    server = await asyncio.start_server(serve, host, int(port), limit=LONGEST, backlog=4096)
    await server.serve_forever()


signal.signal(signal.SIGINT, signal.SIG_DFL)
asyncio.run(main())

"""Exercise 05 in Python: each message begins with its length, in four bytes."""
import socket
import sys

LONGEST = 4096


def receive_exactly(connection, count):
    """Receives so many bytes, or fewer if the stream ends."""
    received = b""
    while len(received) < count and (piece := connection.recv(count - len(received))):
        received += piece
    return received


def next_message(connection):
    """The next message; None at the end between two messages."""
    field = receive_exactly(connection, 4)
    if not field:
        return None
    length = int.from_bytes(field, "big")
    if len(field) == 4 and length > LONGEST:
        raise ValueError(f"message longer than {LONGEST} bytes: {length}")
    message = receive_exactly(connection, length) if len(field) == 4 else b""
    if len(field) < 4 or len(message) < length:
        raise ValueError("incomplete message")
    return message


def serve_client(connection, client):
    while (message := next_message(connection)) is not None:
        print(f"{client}>>>{message.decode('gbk', 'replace')}", flush=True)
        reply = f"收到 {len(message)} 字节".encode("gbk")
        connection.sendall(len(reply).to_bytes(4, "big") + reply)


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)))
while True:
    connection, (ip, client_port) = listener.accept()
    client = f"{ip}:{client_port}"
    with connection:
        try:
            serve_client(connection, client)
        except (ValueError, OSError) as problem:
            print(f"{client}: {problem}", file=sys.stderr)

"""Exercise 02 in Python: receive until the end, with every character whole."""
import codecs
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server((host, int(port)))
connection, (ip, client_port) = listener.accept()

decoder = codecs.getincrementaldecoder("gbk")("replace")
count = characters = 0


def show(text):
    """Prints a line, unless no character was completed."""
    global characters
    if text:
        characters += len(text)
        print(f"{ip}:{client_port}>>>{text}", flush=True)


try:
    while data := connection.recv(1024):
        count += len(data)
        show(decoder.decode(data))
except ConnectionResetError:
    pass
show(decoder.decode(b"", final=True))
print(f"total: {count} bytes, {characters} characters")

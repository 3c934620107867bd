"""A server that ends a message at each newline: it keeps what comes after the last one."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen(128)
connection, client = server.accept()
rest = b""
while data := connection.recv(1024):
    *messages, rest = (rest + data).split(b"\n")
    for message in messages:
        print("%s>>>%s" % (client, message.decode("gbk", "replace")), flush=True)
if rest:
    print("%s: incomplete message of %d bytes" % (client, len(rest)))
connection.close()
server.close()

"""The receive loop as a beginner's tutorial has it: decodes each recv alone, and never flushes."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(128)
print("listening on %s:%d" % server.getsockname(), file=sys.stderr, flush=True)
connection, client = server.accept()
while True:
    data = connection.recv(1024)
    print("%s>>>%s" % (client, data.decode("gbk")))
    if not data:
        break
connection.close()
server.close()

"""The receive loop as Python does it well: one incremental decoder for the connection."""
import codecs
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(128)
print("listening on %s:%d" % server.getsockname(), file=sys.stderr, flush=True)
connection, client = server.accept()
decoder = codecs.getincrementaldecoder("gbk")("replace")
while data := connection.recv(1024):
    print("%s>>>%s" % (client, decoder.decode(data)))
connection.close()
server.close()

"""The receive loop as a beginner's tutorial has it: on the port that it is told."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("", int(sys.argv[1])))
server.listen(128)
connection, client = server.accept()
while True:
    data = connection.recv(1024)
    print("%s>>>%s" % (client, data.decode("gbk")))
    if not data:
        break
connection.close()
server.close()

"""A server as a beginner's tutorial has it: receives once, sets no option, closes first."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("", int(sys.argv[1])))
server.listen(128)
connection, client = server.accept()
data = connection.recv(1024)
print("%s>>>%s" % (client, data.decode("gbk")))
connection.close()
server.close()

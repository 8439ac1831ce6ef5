# program: echo-client
# mistake: says nothing, and waits for an answer
# caught: The client says a name in one send, and each side prints what it received.
import socket
import sys

host, port = sys.argv[-2].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    print(conn.recv(1024).decode())

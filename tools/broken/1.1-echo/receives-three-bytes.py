# program: echo-server
# mistake: receives three bytes, prints those, and closes with the rest unread
# caught: The client says a name in one send, and each side prints what it received.
import socket
import sys

host, port = sys.argv[-1].rsplit(":", 1)
s = socket.create_server((host, int(port)))
print(f"listening on {host}:{port}", flush=True)
conn, _ = s.accept()
print(conn.recv(3).decode(), flush=True)
conn.close()

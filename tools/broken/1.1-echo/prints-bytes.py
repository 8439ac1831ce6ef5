# program: echo-server
# mistake: prints bytes as Python writes them, and never answers
# caught: The client says a name in one send, and each side prints what it received.
import socket
import sys

host, port = sys.argv[-1].rsplit(":", 1)
s = socket.create_server((host, int(port)))
print(f"listening on {host}:{port}", flush=True)
conn, _ = s.accept()
print(conn.recv(1024), flush=True)
conn.close()

"""fetchall ADDR PATH...: asks for pages, on one connection."""
import socket
import sys

addr, *paths = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    stream = conn.makefile("rwb")  # readline, read(N), write, flush
    for path in paths:
        stream.write(f"GET {path}\n".encode())
        stream.flush()
        # Where does the answer end? Who may close meanwhile?
        print(stream.readline(), flush=True)

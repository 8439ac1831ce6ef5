"""goodbye HOW ADDR: ends a connection, the polite way or the rude way."""
import socket
import sys

how, addr = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # What does it say first? Which call says that it was all, and which
    # option makes close() a reset?
    print(conn.recv(1024), flush=True)

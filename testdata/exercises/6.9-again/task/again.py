"""again ADDR ORDER: orders once, however often it has to ask."""
import socket
import sys

addr, order = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # What if no answer comes? And how will the shop know the order again?
    conn.sendall(f"{order}\n".encode())
    print(conn.recv(1024), flush=True)

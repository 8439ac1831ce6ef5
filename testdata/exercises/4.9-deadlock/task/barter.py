"""barter ADDR COUNT: sends COUNT lines, and receives meanwhile."""
import socket
import sys

addr, count = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # Who sends, and who receives? Which call says that it was all?
    got = len(conn.recv(1024))
    print(f"got {got} bytes of {count} lines", flush=True)

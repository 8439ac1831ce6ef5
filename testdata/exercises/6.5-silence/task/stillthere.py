"""stillthere ADDR SECONDS: prints what ADDR says, and asks when it is silent."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
silence = float(sys.argv[2])
with socket.create_connection((host, int(port))) as conn:
    more = conn.recv(1024)
    # Is it a line, half a line, more than one? Is it a ping?
    # How long may the next receive wait, and what if nothing comes?
    print(more, flush=True)

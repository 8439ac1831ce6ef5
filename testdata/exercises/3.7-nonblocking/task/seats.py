"""seats ADDR: serves three callers at a time without a thread."""
import select
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_server((host, int(port))) as door:
    print(f"listening on {host}:{port}", flush=True)
    poll = select.poll()
    poll.register(door, select.POLLIN)
    # What does it find? Numbers of sockets, as fileno() tells them. And then?
    print(poll.poll(), flush=True)

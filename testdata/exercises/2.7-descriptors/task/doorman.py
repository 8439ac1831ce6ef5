"""doorman ADDR PATH...: hands each caller to a worker."""
import socket
import sys

addr, *paths = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_server((host, int(port))) as door:
    print("listening on", addr, flush=True)
    conn, _ = door.accept()
    # Who are the workers? socket.send_fds takes a list of bytes, and a list
    # of descriptors. Whose is the connection then?
    print("nobody works here", flush=True)
    sys.exit(1)

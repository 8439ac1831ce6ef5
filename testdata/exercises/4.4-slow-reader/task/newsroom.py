"""newsroom ADDR: passes each line on to all others, and waits for nobody."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10000)
    conn.sendall(b"you are 1\n")
    for line in conn.makefile("rb"):
        pass  # Who hears it? Who waits when one of them doesn't read?

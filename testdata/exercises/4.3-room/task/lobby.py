"""lobby ADDR: everybody hears everybody else."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    print(conn.recv(1024), flush=True)
    # Is that a whole name? Who else is here, and must hear of it?

"""roster ADDR: prints who comes, and who is gone."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, (host, port) = listener.accept()
    with conn:
        received = conn.recv(1024)
        # Has it ended? Who else is waiting? How does recv hear of one that is gone?
        print(f"{host}:{port}", received, flush=True)

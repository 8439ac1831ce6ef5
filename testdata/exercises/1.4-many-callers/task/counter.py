"""counter ADDR: counts the bytes of each of its callers."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    with conn:
        pass  # Who is it, and who serves the next one meanwhile?

"""turnstile ADDR: serves as many callers as it has descriptors for."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    # Who serves the next? What if accept raises OSError, with errno.EMFILE?
    print(conn.recv(1024), flush=True)

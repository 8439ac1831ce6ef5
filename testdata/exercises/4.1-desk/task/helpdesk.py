"""helpdesk ADDR: many callers ask, one operator answers at the terminal."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    print(conn.recv(1024), flush=True)
    # The next thing may come from this caller, from a new one, or from the terminal.

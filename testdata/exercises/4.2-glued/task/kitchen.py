"""kitchen ADDR: takes orders, each a line, and answers with their numbers."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    with conn:
        received = conn.recv(1024)
        # How many orders are in it: none, one, two, two and a half?
        print(received, flush=True)
    # Who serves the next caller?

"""patience ADDR SECONDS: gives each caller some time to send a line."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
seconds = float(sys.argv[2])
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    with conn:
        line = conn.recv(1024)
        # Is it a whole line? How long may the next receive wait?
        print(line, flush=True)

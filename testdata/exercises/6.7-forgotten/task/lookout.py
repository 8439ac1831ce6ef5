"""lookout ADDR: prints the lines that come, and is not forgotten on the way."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # Who speaks during a silence? What if the connection is lost?
    print(conn.recv(1024), flush=True)

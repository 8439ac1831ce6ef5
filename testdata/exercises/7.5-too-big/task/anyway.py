"""anyway ADDR: asks for a page, and gets it through a black hole, too."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    conn.sendall(b"page?")
    # How long does a recv wait? How large may be what comes?
    print(len(conn.recv(1024)), "of how many?")

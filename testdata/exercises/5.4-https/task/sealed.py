"""sealed ADDR NAME FILE: talks TLS with NAME, and says how it ended."""
import socket
import ssl
import sys

addr, name, file = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # This goes out in plain. What must lie between it and the socket, and
    # what must that know of name and file?
    conn.sendall(b"good day\n")
    while piece := conn.recv(1024):
        print(piece, flush=True)
    # Is this an end that the server meant?
    print("end")

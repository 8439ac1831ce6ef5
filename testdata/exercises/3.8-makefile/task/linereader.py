"""linereader ADDR: prints the lines that ADDR sends, and the raw bytes."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    received = conn.recv(1024)
    # Is this one line? Where is the rest kept until you want it?
    print(received, flush=True)
    # And who says "waiting"? conn.settimeout(0.3) makes recv raise socket.timeout.

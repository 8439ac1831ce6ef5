"""letters ADDR: prints the letters that ADDR sends, each on a line."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    received = conn.recv(1024)
    # Which bytes are the length, and which the letter? Are there more?
    print(received, flush=True)

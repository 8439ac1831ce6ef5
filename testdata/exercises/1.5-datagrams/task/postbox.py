"""postbox ADDR: answers datagrams."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
    box.bind((host, int(port)))
    print(f"listening on {host}:{port}", flush=True)
    received, sender = box.recvfrom(1024)
    # What does it get for an answer? And which one of this sender's was it?
    print(received, "from", sender, flush=True)

"""postbox ADDR: answers datagrams."""
import collections
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
    box.bind((host, int(port)))
    print(f"listening on {host}:{port}", flush=True)
    counts = collections.Counter()  # by the sender's address
    while True:
        received, sender = box.recvfrom(9001)
        counts[sender] += 1
        print(f"datagram {sum(counts.values())}: {len(received)} bytes", flush=True)
        box.sendto(f"{counts[sender]}: ".encode() + received, sender)

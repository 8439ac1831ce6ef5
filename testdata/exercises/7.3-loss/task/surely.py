"""surely receive ADDR, surely send ADDR SECONDS WORD...: brings words over UDP."""
import socket
import sys

host, port = sys.argv[2].rsplit(":", 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    if sys.argv[1] == "receive":
        s.bind((host, int(port)))
        print(f"listening on {host}:{port}", flush=True)
        datagram, sender = s.recvfrom(1024)
        # Which number has it, and is it its turn? Who is told?
        print(datagram, sender, flush=True)
    else:
        s.connect((host, int(port)))
        s.send(f"1 {sys.argv[4]}".encode())
        # How long does a receive wait? Which word is the answer for?

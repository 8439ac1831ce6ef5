"""who ADDR SECONDS: asks everybody on a network for a name."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    # May it speak to all? Who answers, and how often? When is it over?
    s.sendto(b"who", (host, int(port)))
    name, (sender, _) = s.recvfrom(1024)
    print(name, "at", sender, flush=True)

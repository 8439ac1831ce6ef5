"""who ADDR SECONDS: asks everybody on a network for a name."""
import re
import socket
import sys
import time


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    deadline = time.monotonic() + float(sys.argv[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(b"who", (host, int(port)))
        here = set()
        for name, sender in answers(s, deadline):
            if sender not in here and re.fullmatch(b"[a-z]+", name):
                here.add(sender)
                print(name.decode(), "at", sender, flush=True)
    print(len(here), "here")
    sys.exit(0 if here else 1)


def answers(s, deadline):
    """Each datagram that comes before the deadline, and its sender's address."""
    while (left := deadline - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            name, (sender, _) = s.recvfrom(1024)
        except socket.timeout:
            return
        yield name, sender


main()

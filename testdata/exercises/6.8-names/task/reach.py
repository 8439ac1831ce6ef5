"""reach NAME PORT: calls the addresses of a name, and doesn't wait for the slow ones."""
import socket
import sys

name, port = sys.argv[1:]
for family, kind, protocol, _, addr in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
    # Which is called, and when? What if it doesn't answer?
    print(addr[0], flush=True)

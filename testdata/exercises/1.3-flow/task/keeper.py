"""keeper ADDR: the calls of a server, each with the kernel's answer."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
print("socket =", door.fileno(), flush=True)
# Which two calls make a door of it? What fails is an OSError here, and
# its strerror has the system's words.

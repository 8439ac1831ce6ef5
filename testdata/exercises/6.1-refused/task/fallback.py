"""fallback SECONDS ADDR...: calls until one takes the call."""
import socket
import sys

patience = float(sys.argv[1])
addr = sys.argv[2]
host, port = addr.rsplit(":", 1)
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
error = s.connect_ex((host, int(port)))
# Which word is it? When is patience over? Who is next?
print(addr, error, patience, flush=True)
# And what does the one say who takes the call?

"""reach SECONDS ADDR...: calls every ADDR, and says what came of it."""
import socket
import sys

for addr in sys.argv[2:]:
    host, port = addr.rsplit(":", 1)
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    error = s.connect_ex((host, int(port)))
    # Which word is it? What if nobody answers? Must the others wait meanwhile?
    print(addr, error, flush=True)
    s.close()
# Which exit code?

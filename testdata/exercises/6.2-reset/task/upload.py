"""upload BYTES ADDR: sends bytes, and says how the connection ended."""
import socket
import sys

n, addr = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    conn.sendall(b"x" * int(n))
    # How does the other side know that this is all? What if sendall raises?
    answer = conn.recv(1024)
    # Is that the whole answer?
    print(answer, flush=True)

"""frugal ADDR WORD...: sends the words, and asks the kernel for little."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
conn = socket.create_connection((host, int(port)))
for word in sys.argv[2:]:
    # How many calls is this?
    conn.sendall(word.encode())
print(conn.recv(1), flush=True)

"""onepiece ADDR WORD...: asks about words, each in one packet."""
import socket
import sys

addr, *words = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    for word in words:
        conn.sendall(b"length\n")
        conn.sendall(word.encode())
        # How many packets was that? Where does the answer end?
        print(conn.recv(1024), flush=True)

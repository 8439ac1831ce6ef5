"""window ADDR WORD...: sends words over UDP, as many at once as its window says."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
words = sys.argv[2:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.connect((host, int(port)))
    s.send(f"1 {words[0]}".encode())
    # How many more may leave? What does each answer say, and how often?
    print(s.recv(100))

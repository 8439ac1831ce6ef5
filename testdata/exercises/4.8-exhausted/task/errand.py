"""errand ADDR WORD...: asks about each WORD, with few ports."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
for word in sys.argv[2:]:
    # Which error says that no port is free?
    with socket.create_connection((host, int(port))) as conn:
        conn.sendall(f"{word}\n".encode())
        # Who is the first to end?
        print(conn.recv(1024), flush=True)

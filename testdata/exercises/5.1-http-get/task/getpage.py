"""getpage URL: gets a page over a plain socket, and prints status and body."""
import socket
import sys

site, _, path = sys.argv[1].removeprefix("http://").partition("/")
host, port = site.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # What else belongs to a request, and how does each line of it end?
    conn.sendall(f"GET /{path}\n".encode())
    answer = conn.recv(1024)
    # Is this all? Where does the head end, and where the body?
    print(answer, flush=True)

"""wholebody URL: prints the body of a page, and says which end it had."""
import socket
import sys

site, _, path = sys.argv[1].removeprefix("http://").partition("/")
host, port = site.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    conn.sendall(f"GET /{path} HTTP/1.1\r\nHost: {site}\r\n\r\n".encode())
    answer = conn.makefile("rb")
    print(answer.readline())
    headers = {}
    while (line := answer.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    # Here the body begins. Which of these headers says where it ends?
    # And if none does?
    print(headers, flush=True)

"""wsay ADDR KEY TEXT...: says texts over a WebSocket, and prints what comes."""
import socket
import sys

addr, key, *texts = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    stream = conn.makefile("rwb")  # readline, read(N), write, flush
    stream.write(f"GET /room HTTP/1.1\r\nHost: {addr}\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    stream.flush()
    # What else does the request say? Which answer is right? How is a text sent?
    print(stream.readline(), texts, flush=True)

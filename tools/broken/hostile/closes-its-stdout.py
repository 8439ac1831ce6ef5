# script: 1.1-echo
# program: echo-server
# mistake: closes its stdout, and prints no more
# caught: The client says a name in one send, and each side prints what it received.
import os
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_server((host, int(port))) as listener:
    print("listening on", sys.argv[1], flush=True)
    os.close(1)
    conn, _ = listener.accept()
with conn:
    conn.sendall(b"hello " + conn.recv(1024))

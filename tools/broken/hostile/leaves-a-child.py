# script: 1.1-echo
# program: echo-server
# mistake: serves well, and leaves a child behind that has a session of its own
# caught: the end
import os
import signal
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_server((host, int(port))) as listener:
    print("listening on", sys.argv[1], flush=True)
    conn, _ = listener.accept()
with conn:
    text = conn.recv(1024)
    print(text.decode(), flush=True)
    if os.fork() == 0:
        os.setsid()
        conn.close()
        for fd in 0, 1, 2:
            os.close(fd)
        signal.pause()
    conn.sendall(b"hello " + text)

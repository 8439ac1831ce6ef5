# script: 1.1-echo
# program: echo-server
# mistake: takes the call and never receives
# caught: The client says a name in one send, and each side prints what it received.
import signal
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_server((host, int(port))) as listener:
    print("listening on", sys.argv[1], flush=True)
    conn, _ = listener.accept()
    signal.pause()

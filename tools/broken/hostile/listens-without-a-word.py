# script: 1.1-echo
# program: echo-server
# mistake: listens, and never prints its first line
# caught: The server takes its address, and no other, and waits for a caller.
import signal
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_server((host, int(port))):
    signal.pause()

"""shelf FOLDER ADDR: serves the files under FOLDER over HTTP, by hand."""
import socket
import sys

folder, addr = sys.argv[1:]
host, port = addr.rsplit(":", 1)
with socket.create_server((host, int(port))) as door:
    print(f"listening on {addr}", flush=True)
    while True:
        caller, _ = door.accept()
        with caller:
            request = caller.recv(1024)
            # Is this the whole request? Which file does it ask for?
            print(request, flush=True)
            # What stands before the file, so that a client knows where it ends?
            caller.sendall(b"hello\n")

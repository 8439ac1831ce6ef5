"""callerid ADDR: tells callers who they are, and calls them back."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)  # Is it this port?
    conn, caller = listener.accept()
    with conn:
        # Which name has the caller, and which have you in this call?
        print(caller, flush=True)

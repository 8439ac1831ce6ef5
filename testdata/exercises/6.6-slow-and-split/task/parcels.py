"""parcels ADDR SECONDS: receives parcels, which may be slow but not silent."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
seconds = float(sys.argv[2])
# create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
with socket.create_server((host, int(port))) as listener:
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    with conn:
        parcel = conn.recv(1024)
        # How many bytes follow the line? Which of them are the next parcel's?
        # Which clock begins anew with each receive, and which doesn't?
        print(parcel, flush=True)

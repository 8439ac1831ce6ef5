"""nextplease HOST PORT...: takes a caller whenever a line is typed."""
import socket
import sys

host, port = sys.argv[1], sys.argv[2]
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
    # Is this port taken? Is the next one? Is the error about the port at all?
    listener.bind((host, int(port)))
    listener.listen(0)  # For how many callers?
    print(f"listening on {host}:{port}", flush=True)  # And if that is 0?
    conn, _ = listener.accept()
    # Was a line typed? Who is next?
    print(conn, flush=True)

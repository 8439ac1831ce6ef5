"""teller ADDR: answers lines, and can be replaced by another."""
import socket
import sys

# Whose is descriptor 3? See LISTEN_PID and LISTEN_FDS in os.environ.
host, port = sys.argv[1].rsplit(":", 1)
door = socket.create_server((host, int(port)))
print("ready", flush=True)
conn, _ = door.accept()
print(conn.recv(1024), flush=True)
# Who ends this program, and what becomes of its callers?

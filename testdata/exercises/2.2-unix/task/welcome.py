"""welcome PATH: listens at PATH, and says "welcome" to each caller."""
import socket
import sys

path = sys.argv[1]
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
    listener.bind(path)  # Is the name in use? By whom?
    listener.listen()
    conn, _ = listener.accept()
    # What does the caller want to hear? Who calls next?
    # And who removes the name when a signal ends the program?
    print(conn, flush=True)

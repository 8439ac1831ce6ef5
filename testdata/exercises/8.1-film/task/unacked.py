"""unacked ADDR: sends lines, and says what has not been confirmed."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    for line in sys.stdin:
        # Two lines are for you. The others are for whoever is at the other end.
        # Who knows what has been confirmed? tcp(7) has a question for it: SIOCOUTQ.
        print(len(line), flush=True)

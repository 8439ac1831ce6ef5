"""visit ADDR WORD...: sends the words, and prints the answer."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.create_connection((host, int(port))) as conn:
    # What must be said before anything comes? How do you know that the
    # answer is over?
    print(sys.argv[2:], flush=True)

"""guessing PATH NUMBER: lets its callers guess the number."""
import socket
import sys

path, number = sys.argv[1], int(sys.argv[2])
# Which kind of socket keeps messages apart?
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
    listener.bind(path)
    listener.listen()
    conn, _ = listener.accept()
    guess = conn.recv(3)
    # Was that a guess, or too long for one, or the end? Is the number higher?
    print(guess, flush=True)

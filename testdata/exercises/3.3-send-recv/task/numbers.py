"""numbers PATH N: sends the numbers from 1 to N, each on a line, and never waits in
a send."""
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conn:
    conn.connect(sys.argv[1])
    text = "".join(f"{number}\n" for number in range(1, int(sys.argv[2]) + 1)).encode()
    # sendall sends all of it, and waits. Which flag makes send not wait?
    print(len(text), "bytes to send", flush=True)

"""numbers PATH N: sends the numbers from 1 to N, each on a line, and never waits in
a send."""
import select
import socket
import sys


def main():
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conn:
        conn.connect(sys.argv[1])
        text = "".join(f"{number}\n" for number in range(1, int(sys.argv[2]) + 1)).encode()
        try:
            send_all(conn, text)
        except OSError:
            print("failed")
            sys.exit(1)
        print("sent", len(text), "bytes")


def send_all(conn, text):
    """Sends until everything is taken. Each send begins where the last one stopped."""
    room = select.poll()
    room.register(conn, select.POLLOUT)
    sent = 0
    while sent < len(text):
        try:
            taken = conn.send(text[sent:], socket.MSG_DONTWAIT)
        except BlockingIOError:  # EAGAIN: not now
            print("full", flush=True)
            room.poll()
            continue
        print("took", taken, "bytes", flush=True)
        sent += taken


main()

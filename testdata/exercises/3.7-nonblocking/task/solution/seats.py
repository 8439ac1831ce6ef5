"""seats ADDR: serves three callers at a time without a thread."""
import select
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as door:
        print(f"listening on {host}:{port}", flush=True)
        poll = select.poll()
        poll.register(door, select.POLLIN)
        callers = {}  # the seat and the socket of each, by the socket's number
        while True:
            ready = [fd for fd, _ in poll.poll()]
            names = [callers[fd][0] if fd in callers else "door" for fd in ready]
            print("ready:", *names, flush=True)
            for fd in ready:
                if fd == door.fileno():
                    conn, _ = door.accept()
                    seat = min({1, 2, 3} - {taken for taken, _ in callers.values()})
                    callers[conn.fileno()] = seat, conn
                    poll.register(conn, select.POLLIN)
                    say(conn, f"seat {seat}\n".encode())
                elif not answered(*callers[fd]):
                    poll.unregister(fd)
                    seat, conn = callers.pop(fd)
                    conn.close()
                    print(seat, "left", flush=True)
            # While all seats are taken, poll must not look at the door.
            poll.modify(door, select.POLLIN if len(callers) < 3 else 0)


def answered(seat, conn):
    """Answers one receive. No bytes, and every error, mean that the caller has gone."""
    try:
        received = conn.recv(1024)
    except OSError:
        return False
    if received:
        say(conn, f"{seat}: ".encode() + received)
    return bool(received)


def say(conn, text):
    try:
        conn.sendall(text)
    except OSError:
        pass  # gone: the next receive tells us


main()

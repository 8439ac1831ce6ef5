"""mirror ADDR: sends back what each caller says. One thread."""
import select
import socket
import sys

MOST = 1_000_000  # bytes that wait for a caller


class Caller:
    def __init__(self, conn):
        self.conn = conn
        self.unsent = bytearray()
        self.ended = False


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    door = socket.create_server((host, int(port)))
    door.setblocking(False)
    loop.register(door, select.EPOLLIN)
    print("listening", flush=True)
    while True:
        for fd, _ in loop.poll():
            if fd == door.fileno():
                enter(door)
            elif not serve(callers[fd]):
                callers.pop(fd).conn.close()  # takes it out of epoll, too


def enter(door):
    try:
        conn, _ = door.accept()
    except BlockingIOError:
        return
    conn.setblocking(False)
    callers[conn.fileno()] = Caller(conn)
    loop.register(conn, select.EPOLLIN)


def serve(caller):
    """Receives, sends, and says what to wait for. False: it was the last time."""
    try:
        if not caller.ended and len(caller.unsent) < MOST:
            said = caller.conn.recv(min(65536, MOST - len(caller.unsent)))
            caller.unsent += said
            caller.ended = not said
    except BlockingIOError:
        pass
    except OSError:
        return False
    try:
        if caller.unsent:
            del caller.unsent[:caller.conn.send(caller.unsent)]
    except BlockingIOError:
        pass
    except OSError:
        return False
    what = 0
    if not caller.ended and len(caller.unsent) < MOST:
        what |= select.EPOLLIN
    if caller.unsent:
        what |= select.EPOLLOUT
    loop.modify(caller.conn, what)
    return what != 0


loop = select.epoll()
callers = {}
main()

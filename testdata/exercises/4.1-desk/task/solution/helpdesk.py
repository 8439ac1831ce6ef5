"""helpdesk ADDR: many callers ask, one operator answers at the terminal."""
import os
import selectors
import socket
import sys


class Caller:
    def __init__(self, conn, number):
        self.conn, self.number = conn, number
        self.rest = b""  # the beginning of its next question
        self.closed = False  # it has said all


waiting = []  # the caller of each question, the oldest first


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        everybody = selectors.DefaultSelector()
        everybody.register(listener, selectors.EVENT_READ)
        everybody.register(sys.stdin, selectors.EVENT_READ)
        number = 0
        while True:
            for ready, _ in everybody.select():
                if ready.fileobj is listener:
                    conn, _ = listener.accept()
                    number += 1
                    everybody.register(conn, selectors.EVENT_READ, Caller(conn, number))
                elif ready.fileobj is sys.stdin:
                    # A terminal hands over one line at a time.
                    line = os.read(sys.stdin.fileno(), 4096)
                    if not line:
                        return
                    answer(line)
                elif not hear(ready.data):
                    everybody.unregister(ready.fileobj)
                    close_if_done(ready.data)


def hear(caller):
    """Takes what one receive brings. False if it was the last."""
    try:
        received = caller.conn.recv(1024)
        if not received:
            print(f"[{caller.number}] closed", flush=True)
    except OSError:
        print(f"[{caller.number}] lost", flush=True)
        waiting[:] = [other for other in waiting if other is not caller]
        received = b""
    caller.closed = not received
    *questions, caller.rest = (caller.rest + received).split(b"\n")
    for question in questions:
        print(f"[{caller.number}] {question.decode(errors='replace')}", flush=True)
        waiting.append(caller)
    return not caller.closed


def answer(line):
    if not waiting:
        print("nobody waits", flush=True)
        return
    caller = waiting.pop(0)
    try:
        caller.conn.sendall(line)
    except OSError:
        pass  # lost: a receive says so
    close_if_done(caller)


def close_if_done(caller):
    if caller.closed and caller not in waiting:
        caller.conn.close()


main()

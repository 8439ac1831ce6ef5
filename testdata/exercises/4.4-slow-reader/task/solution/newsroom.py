"""newsroom ADDR: passes each line on to all others, and waits for nobody."""
import queue
import socket
import sys
import threading


class Caller:
    def __init__(self, conn, number):
        self.conn, self.number = conn, number
        self.unsent = queue.SimpleQueue()  # of lines


callers = []
lock = threading.RLock()  # taken before anybody looks at callers


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        number = 0
        while True:
            conn, _ = listener.accept()
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10000)
            number += 1
            caller = Caller(conn, number)
            caller.unsent.put(f"you are {number}\n".encode())
            with lock:
                callers.append(caller)
            threading.Thread(target=listen, args=(caller,), daemon=True).start()


def listen(caller):
    speaker = threading.Thread(target=speak, args=(caller,), daemon=True)
    speaker.start()
    with caller.conn:
        try:
            for line in caller.conn.makefile("rb"):
                with lock:
                    for other in [c for c in callers if c is not caller]:
                        keep(other, line)
        except OSError:
            pass  # the connection broke
        hang_up(caller)
        speaker.join()


def speak(caller):
    """Sends what is kept. Only this thread waits while its caller doesn't read."""
    try:
        while line := caller.unsent.get():
            caller.conn.sendall(line)
    except OSError:
        pass  # the other thread notices, too


def keep(caller, line):
    if caller.unsent.qsize() < 1000:
        caller.unsent.put(line)
    else:
        print(f"[{caller.number}] too slow", flush=True)
        hang_up(caller)


def hang_up(caller):
    with lock:
        if caller not in callers:
            return
        callers.remove(caller)
    caller.unsent.put(None)  # wakes speak from get
    try:
        caller.conn.shutdown(socket.SHUT_RDWR)  # wakes both from the kernel
    except OSError:
        pass  # there is no connection any more


main()

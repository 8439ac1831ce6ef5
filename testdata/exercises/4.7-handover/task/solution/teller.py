"""teller ADDR: answers lines, and can be replaced by another."""
import os
import signal
import socket
import sys
import threading


def main():
    door = listener(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: door.close())  # accept fails then
    print("ready", flush=True)
    callers = []
    while True:
        try:
            conn, _ = door.accept()
        except OSError:
            break
        callers.append(threading.Thread(target=answer, args=(conn,)))
        callers[-1].start()
    print("draining", flush=True)
    for caller in callers:
        caller.join()
    print("bye", flush=True)


def listener(addr):
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=3)
    host, port = addr.rsplit(":", 1)
    return socket.create_server((host, int(port)))


def answer(conn):
    with conn, conn.makefile("rw") as lines:
        for line in lines:
            lines.write(f"heard {line}")
            lines.flush()


main()

"""welcome PATH: listens at PATH, and says "welcome" to each caller."""
import errno
import os
import signal
import socket
import stat
import sys
import threading


def main():
    path = sys.argv[1]
    ends = signal.SIGTERM, signal.SIGINT
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # they wait for sigwait
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        bind(listener, path)
        listener.listen()
        print("listening on", path, flush=True)
        threading.Thread(target=serve, args=[listener], daemon=True).start()
        signal.sigwait(ends)
        os.unlink(path)


def bind(listener, path):
    try:
        listener.bind(path)
    except OSError as e:
        if e.errno != errno.EADDRINUSE:
            raise
        if not abandoned(path):
            print(path, "is taken", flush=True)
            sys.exit(1)
        os.unlink(path)
        listener.bind(path)


def abandoned(path):
    """Whether path is the name of a socket at which nobody listens."""
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        return caller.connect_ex(path) == errno.ECONNREFUSED


def serve(listener):
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                conn.sendall(b"welcome\n")
            except BrokenPipeError:
                pass  # the caller has gone


main()

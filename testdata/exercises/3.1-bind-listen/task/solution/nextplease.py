"""nextplease HOST PORT...: takes a caller whenever a line is typed."""
import errno
import socket
import sys


def main():
    host, ports = sys.argv[1], sys.argv[2:]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        bind(listener, host, ports)
        listener.listen(5)
        print(f"listening on {host}:{listener.getsockname()[1]}", flush=True)
        for _ in sys.stdin:
            conn, _ = listener.accept()
            with conn:
                conn.sendall(b"next\n")


def bind(listener, host, ports):
    """Takes the first port that is free."""
    for port in ports:
        try:
            listener.bind((host, int(port)))
            return
        except OSError as e:
            if e.errno == errno.EADDRNOTAVAIL:
                fail(f"{host} is not here")
            if e.errno != errno.EADDRINUSE:
                raise
    fail("no port is free")


def fail(why):
    print(why, flush=True)
    sys.exit(1)


main()

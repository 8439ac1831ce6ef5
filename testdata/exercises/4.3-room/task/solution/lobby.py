"""lobby ADDR: everybody hears everybody else."""
import re
import socket
import sys
import threading

here = {}  # the connection of each, by name
lock = threading.RLock()  # taken before anybody looks at here


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


def serve(conn):
    name, end = None, b"left"
    with conn, conn.makefile("rb") as lines:
        try:
            for line in lines:
                line = re.sub(rb"[\x00-\x1f\x7f]", b"?", line.rstrip(b"\n"))
                if name is not None:
                    tell(name + b": " + line, but=conn)
                elif enter(line, conn):
                    name = line
                else:
                    conn.sendall(b"* taken\n")
        except OSError:
            end = b"lost"
        if name is not None:
            with lock:
                del here[name]
                tell(b"* " + name + b" " + end)


def enter(name, conn):
    with lock:
        if name in here:
            return False
        here[name] = conn
        tell(b"* " + name + b" joined")
        return True


def tell(text, but=None):
    with lock:  # so everybody hears everything in the same order
        for conn in here.values():
            if conn is not but:
                try:
                    conn.sendall(text + b"\n")
                except OSError:
                    pass  # gone: its own thread says so


main()

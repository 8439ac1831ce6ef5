"""turnstile ADDR: serves as many callers as it has descriptors for."""
import errno
import selectors
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        everybody = selectors.DefaultSelector()
        everybody.register(listener, selectors.EVENT_READ)
        came = left = 0
        while True:
            for ready, _ in everybody.select():
                conn = ready.fileobj
                if conn is listener:
                    try:
                        conn, _ = listener.accept()
                    except OSError as err:
                        if err.errno != errno.EMFILE:
                            raise
                        print("full", flush=True)
                        everybody.unregister(listener)  # until one has left
                        continue
                    came += 1
                    send(conn, f"you are {came}\n".encode())
                    everybody.register(conn, selectors.EVENT_READ)
                elif not answered(conn):
                    everybody.unregister(conn)
                    conn.close()
                    left += 1
                    print(left, "left", flush=True)
                    if listener not in everybody.get_map():
                        everybody.register(listener, selectors.EVENT_READ)


def answered(conn):
    """Answers one receive. No bytes, and every error, mean that the caller has gone."""
    try:
        received = conn.recv(1024)
    except OSError:
        return False
    send(conn, received)
    return bool(received)


def send(conn, text):
    try:
        conn.sendall(text)
    except OSError:
        pass  # gone: the next receive tells us


main()

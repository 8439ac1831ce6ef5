"""parcels ADDR SECONDS: receives parcels, which may be slow but not silent."""
import socket
import sys
import threading
import time


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    seconds = float(sys.argv[2])
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=serve, args=(conn, seconds), daemon=True).start()


def serve(conn, seconds):
    """Receives a caller's parcels. What came behind the end of one is the next's."""
    kept = b""
    with conn:
        try:
            while True:
                complaint = b"too late\n"
                deadline = time.monotonic() + seconds
                while b"\n" not in kept:
                    kept += receive(conn, deadline - time.monotonic())  # what is left
                line, _, kept = kept.partition(b"\n")
                size = int(line)
                complaint = b"silent\n"
                while len(kept) < size:
                    kept += receive(conn, seconds)  # the whole time again
                kept = kept[size:]
                conn.sendall(f"got {size}\n".encode())
        except socket.timeout:
            conn.sendall(complaint)
        except (EOFError, ConnectionError):
            pass  # the caller has gone


def receive(conn, seconds):
    if seconds <= 0:
        raise socket.timeout
    conn.settimeout(seconds)
    more = conn.recv(1024)
    if not more:
        raise EOFError
    return more


main()

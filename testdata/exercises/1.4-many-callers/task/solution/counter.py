"""counter ADDR: counts the bytes of each of its callers."""
import socket
import sys
import threading


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        number = 0
        while True:
            conn, _ = listener.accept()
            number += 1
            threading.Thread(target=serve, args=(conn, number), daemon=True).start()


def serve(conn, number):
    """Serves one caller. Whatever happens to it, the others don't notice."""
    count = 0
    try:
        with conn:
            conn.sendall(f"you are {number}\n".encode())
            while received := conn.recv(1024):
                count += len(received)
            conn.sendall(f"{count} bytes\n".encode())
        print(f"[{number}] {count} bytes", flush=True)
    except OSError:
        print(f"[{number}] lost", flush=True)


main()

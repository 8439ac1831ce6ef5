"""kitchen ADDR: takes orders, each a line, and answers with their numbers."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print(f"listening on {host}:{port}", flush=True)
        while True:
            conn, _ = listener.accept()
            with conn:
                serve(conn)


def serve(conn):
    number, rest = 0, b""
    while piece := conn.recv(1024):
        # What stands behind the last newline waits for the next piece.
        *orders, rest = (rest + piece).split(b"\n")
        for order in orders:
            number += 1
            print(order.decode(errors="replace"), flush=True)
            conn.sendall(f"{number}\n".encode())
    if rest:
        print("cut off:", rest.decode(errors="replace"), flush=True)


main()

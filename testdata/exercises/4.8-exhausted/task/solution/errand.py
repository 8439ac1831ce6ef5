"""errand ADDR WORD...: asks about each WORD, with few ports."""
import errno
import socket
import sys
import time


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    for word in sys.argv[2:]:
        with call((host, int(port))) as conn:
            conn.sendall(f"{word}\n".encode())
            while answer := conn.recv(1024):  # until the server has ended
                print(answer.decode(), end="", flush=True)


def call(addr):
    told = False
    while True:
        try:
            return socket.create_connection(addr)
        except OSError as e:
            if e.errno != errno.EADDRNOTAVAIL:
                print("no call", flush=True)
                sys.exit(1)
        if not told:
            print("no port", flush=True)
            told = True
        time.sleep(0.1)  # this error passes


main()

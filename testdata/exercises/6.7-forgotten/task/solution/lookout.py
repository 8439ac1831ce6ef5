"""lookout ADDR: prints the lines that come, and is not forgotten on the way."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    while True:
        with socket.create_connection((host, int(port))) as conn:
            ask_when_silent(conn)
            print("called", flush=True)
            try:
                with conn.makefile("r") as lines:
                    for line in lines:
                        print(line, end="", flush=True)
            except OSError:
                print("lost", flush=True)
                continue
        print("closed", flush=True)
        return


def ask_when_silent(conn):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)  # second, then the kernel asks
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)  # second, then it looks again
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


main()

"""unacked ADDR: sends lines, and says what has not been confirmed."""
import fcntl
import select
import socket
import struct
import sys
import termios


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        for line in sys.stdin:
            if line == "?\n":
                print(on_the_way(conn), "on the way", flush=True)
            elif line == "!\n":
                wait(conn)
                print("confirmed", flush=True)
            else:
                conn.sendall(line.encode())


def on_the_way(conn):
    # SIOCOUTQ of tcp(7) is TIOCOUTQ, the question that one asks a terminal.
    answer = fcntl.ioctl(conn, termios.TIOCOUTQ, struct.pack("i", 0))
    return struct.unpack("i", answer)[0]


def wait(conn):
    # No call waits for a confirmation. A reset, poll can wait for.
    reset = select.poll()
    reset.register(conn, 0)  # POLLERR and POLLHUP are always told
    while on_the_way(conn) > 0:
        if reset.poll(10):  # milliseconds
            print("lost")
            sys.exit(1)


main()

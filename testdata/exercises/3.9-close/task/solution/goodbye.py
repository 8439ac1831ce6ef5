"""goodbye HOW ADDR: ends a connection, the polite way or the rude way."""
import socket
import struct
import sys


def main():
    how, addr = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        conn.sendall(b"that is all\n")
        if how == "polite":
            polite(conn)
        else:
            rude(conn)


def polite(conn):
    conn.shutdown(socket.SHUT_WR)  # we don't speak any more, but we listen
    try:
        while piece := conn.recv(1024):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
    except ConnectionResetError:
        print("reset")
        sys.exit(1)
    print("closed")


def rude(conn):
    with conn.makefile("rb") as lines:
        print(lines.readline().decode(), end="", flush=True)
    # On, and no time to linger: close() resets the connection.
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


main()

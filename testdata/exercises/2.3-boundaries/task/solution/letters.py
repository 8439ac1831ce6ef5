"""letters ADDR: prints the letters that ADDR sends, each on a line."""
import socket
import struct
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        while head := exactly(conn, 4, may_end=True):
            (length,) = struct.unpack(">I", head)
            print(exactly(conn, length).decode(), flush=True)
    print("end")


def exactly(conn, size, may_end=False):
    """Receives until there are size bytes: a receive may bring fewer."""
    received = b""
    while len(received) < size:
        more = conn.recv(size - len(received))
        if not more and may_end and not received:
            return b""  # closed between two letters
        if not more:
            print("cut off")
            sys.exit(1)
        received += more
    return received


main()

"""linereader ADDR: prints the lines that ADDR sends, and the raw bytes."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        conn.settimeout(0.3)
        reader = Reader(conn)
        while line := reader.line():
            if line.startswith(b"raw "):
                print("raw:", reader.exactly(int(line[4:])).hex(), flush=True)
            else:
                print(line.decode(), end="", flush=True)
    print("end")


class Reader:
    """Keeps what has come until somebody asks for it."""

    def __init__(self, conn):
        self.conn, self.kept = conn, b""

    def line(self):
        while b"\n" not in self.kept:
            if not self.receive():
                if self.kept:
                    cut_off()
                return b""
        return self.exactly(self.kept.index(b"\n") + 1)

    def exactly(self, size):
        while len(self.kept) < size:
            if not self.receive():
                cut_off()
        taken, self.kept = self.kept[:size], self.kept[size:]
        return taken

    def receive(self):
        """Receives once, however long that takes; False is the end."""
        while True:
            try:
                piece = self.conn.recv(1024)
            except socket.timeout:
                print("waiting", flush=True)
            else:
                self.kept += piece
                return bool(piece)


def cut_off():
    print("cut off")
    sys.exit(1)


main()

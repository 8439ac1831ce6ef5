"""fetchall ADDR PATH...: asks for pages, on one connection."""
import socket
import sys


def main():
    addr, *paths = sys.argv[1:]
    site = Site(addr)
    try:
        for path in paths:
            sys.stdout.buffer.write(site.get(path))
            sys.stdout.flush()
    except (ConnectionError, EOFError):
        sys.exit("cut off")


class Site:
    def __init__(self, addr):
        self.addr = addr
        self.stream = None  # the connection, if there is one

    def get(self, path):
        used = self.stream is not None
        try:
            begun = self.ask(path)
        except ConnectionError:
            begun = False
        if not begun and used:  # it was closed while we asked
            print("again", flush=True)
            self.stream = None
            self.ask(path)
        return self.answer()

    def ask(self, path):
        """Sends a question, and says whether an answer has begun."""
        if self.stream is None:
            host, port = self.addr.rsplit(":", 1)
            self.stream = socket.create_connection((host, int(port))).makefile("rwb")
        self.stream.write(f"GET {path} HTTP/1.1\r\nHost: {self.addr}\r\n\r\n".encode())
        self.stream.flush()
        return self.stream.peek(1) != b""

    def answer(self):
        length, closes = 0, False
        while (line := self.stream.readline()) != b"\r\n":
            if not line.endswith(b"\n"):
                raise EOFError
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
            if name.lower() == "connection" and value.strip().lower() == "close":
                closes = True
        body = self.stream.read(length)
        if len(body) < length:
            raise EOFError
        if closes:
            self.stream = None
        return body


main()

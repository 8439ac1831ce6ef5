"""ws-door lets browsers into a server that speaks lines: each message of a
WebSocket is passed on as a line, and each line as a message.

    python3 door.py [-to HOST:PORT] HOST:PORT

Read lessons/5.7-upgrade.md.
"""
import argparse
import base64
import hashlib
import itertools
import os
import pathlib
import re
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

HEAD = 64 << 10  # bytes of a request's head
MESSAGE = 4096  # bytes of a message, as of a line in the room
LINE = 16 << 10  # bytes of a line from the server
MORE, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10  # kinds of frames (RFC 6455, section 5.2)
SILENCE = 30  # seconds; then we ask whether the browser is there, twice
GOODBYE = 1  # seconds that we wait for the other side's


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    flags = argparse.ArgumentParser(prog="ws-door", add_help=False, allow_abbrev=False)
    flags.add_argument("-to", type=address, default=("127.0.0.1", 8000))
    flags.add_argument("at", type=address)
    asked = flags.parse_args()

    # A thread waits for the signals that ask us to stop; they interrupt nobody.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    threading.Thread(target=leave_when_asked, daemon=True).start()

    family = socket.AF_INET6 if ":" in asked.at[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(asked.at)
            listener.listen()
        except OSError as error:
            sys.exit(f"ws-door: listen {written(asked.at)}: {error.strerror}")
        show(f"listening on {written(listener.getsockname())}")
        while True:
            try:
                conn, caller = listener.accept()
            except OSError as error:  # it passes (accept(2))
                complain(f"accept: {error.strerror}")
                time.sleep(1)
                continue
            threading.Thread(target=serve, args=(conn, written(caller), asked.to), daemon=True).start()


STOP = {signal.SIGTERM, signal.SIGINT}


def leave_when_asked():
    signal.sigwait(STOP)
    os._exit(0)


class Refused(Exception):
    """The answer is a status, and not another protocol."""


class Violation(Exception):
    """A browser must not send this. A code tells it so (RFC 6455, section 7.4.1)."""


def serve(conn, caller, server):
    with conn:
        conn.settimeout(SILENCE)
        try:
            upgrade(conn, caller, server)
        except Refused as refused:
            status, text, *more = refused.args
            answer(conn, status, "text/plain", text.encode() + b"\n", more)
        except Violation as violation:
            complain(f"{caller}: {violation.args[1]}")
        except (OSError, EOFError) as error:
            complain(f"{caller}: {error}")
        try:  # a close with bytes unread would be a reset
            conn.shutdown(socket.SHUT_WR)
            conn.settimeout(GOODBYE)
            for _ in range(256):
                if not conn.recv(4096):
                    break
        except OSError:
            pass


def answer(conn, status, kind, body, more=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}; charset=utf-8", f"Content-Length: {len(body)}", *more,
             "Connection: close", "", ""]
    try:
        conn.sendall("\r\n".join(lines).encode() + body)
    except OSError:
        pass  # it did not wait for that


def upgrade(conn, caller, server):
    """Speaks HTTP up to the empty line, and from there on frames."""
    head, rest = read_head(conn)
    if not head:
        return
    method, path, fields = parsed(head)
    if method == "GET" and path == "/":
        page = pathlib.Path(__file__).parents[2] / "wsdoor/room.html"
        return answer(conn, "200 OK", "text/html", page.read_bytes(), [
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"])
    if method != "GET" or path.partition("?")[0] != "/room":
        raise Refused("404 Not Found", "the room is at /room")

    def has(name, word):
        return word in [one.strip().lower() for one in fields.get(name, "").split(",")]

    key = fields.get("sec-websocket-key", "")
    if not has("connection", "upgrade") or not has("upgrade", "websocket") or fields.get("sec-websocket-version") != "13":
        raise Refused("426 Upgrade Required", "here one speaks WebSocket, version 13",
                      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    try:
        good = len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        good = False
    if not good:
        raise Refused("400 Bad Request", "Sec-WebSocket-Key is 16 bytes in base64 (RFC 6455, section 4.1)")
    # A browser lets any page call any WebSocket, and says whose page it is; to
    # refuse is up to the server (section 10.2). Who says nothing is no browser.
    origin = fields.get("origin")
    if origin and origin.partition("://")[2].lower() != fields.get("host", "").lower():
        raise Refused("403 Forbidden", "that page is not from here")
    try:
        to = socket.create_connection(server, 10)
    except OSError as error:
        complain(f"dial {written(server)}: {error.strerror or error}")
        raise Refused("502 Bad Gateway", "nobody is behind the door")
    with to:
        # Only who knows WebSocket gives this answer (section 4.2.2).
        proof = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
        conn.sendall(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     f"Sec-WebSocket-Accept: {proof}\r\n\r\n".encode())
        Seat(conn, rest, to).talk()


class Seat:
    """A browser's connection, and one to the server for it."""

    def __init__(self, conn, heard, server):
        self.conn, self.server = conn, server
        self.heard = heard  # frames may have come with the handshake
        self.silent = 0  # how often in a row nothing came for SILENCE
        self.lock = threading.Lock()  # held while a frame is sent, so that none gets into another
        self.said = False  # our close: no frame may follow it
        self.over = threading.Event()

    def talk(self):
        # The server may be silent for hours, but must take what is said.
        self.server.settimeout(None)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 10, 0))
        teller = threading.Thread(target=self.tell, daemon=True)
        teller.start()
        code = 1000
        try:
            self.listen()
        except Violation as violation:
            code = violation.args[0]
            raise
        finally:
            self.over.set()
            self.goodbye(code)
            for how in socket.SHUT_WR, socket.SHUT_RD:  # whoever sits there has left
                try:
                    self.server.shutdown(how)
                except OSError:
                    pass
                teller.join(GOODBYE)

    def tell(self):
        """Makes a message of each line that the server says."""
        try:
            with self.server.makefile("rb") as lines:
                while line := lines.readline(LINE):
                    # Text is UTF-8, or the browser hangs up (section 8.1).
                    self.write(TEXT, line.rstrip(b"\r\n").decode("utf-8", "replace").encode())
        except OSError:
            pass  # one of them has gone
        self.goodbye(1001)  # unless the browser's was first
        if not self.over.wait(GOODBYE):
            try:
                self.conn.shutdown(socket.SHUT_RD)  # ends the wait for its close
            except OSError:
                pass

    def listen(self):
        """Makes a line of each message that the browser says, until it says goodbye."""
        message, begun = b"", False
        while True:
            last, kind, payload = self.frame()
            if kind == CLOSE:
                return
            if kind == PING:
                self.write(PONG, payload)
            if kind in (PING, PONG):
                continue
            if kind not in (TEXT, MORE):
                raise Violation(1003, f"a frame of kind {kind}; this is a room for text")
            if begun != (kind == MORE):
                raise Violation(1002, "a message within another")
            message, begun = message + payload, not last
            if len(message) > MESSAGE:
                raise Violation(1009, f"a message of more than {MESSAGE} bytes")
            if begun:
                continue
            try:
                message.decode()
            except UnicodeDecodeError:
                raise Violation(1007, "a text that is not UTF-8")
            # A message has an end of its own. For the room a newline is the end.
            self.server.sendall(message.replace(b"\n", b" ") + b"\n")
            message = b""

    def frame(self):
        """Receives a frame: whether it is the last of its message, its kind, its bytes."""
        first, size = self.take(2)
        last, kind, masked, size = first >= 0x80, first & 0x0f, size >= 0x80, size & 0x7f
        if first & 0x70:
            raise Violation(1002, "a bit that nobody has agreed on")
        if not masked:
            raise Violation(1002, "a frame without a mask")
        if kind >= CLOSE and (size > 125 or not last):
            raise Violation(1002, "a long word about the connection, or a piece of one")
        if size >= 126:
            size, = struct.unpack(*((">H", self.take(2)) if size == 126 else (">Q", self.take(8))))
        if size > MESSAGE:  # the length is a stranger's: no memory before it is known to be small
            raise Violation(1009, "a frame that is too long")
        mask = self.take(4)
        return last, kind, bytes(byte ^ key for byte, key in zip(self.take(size), itertools.cycle(mask)))

    def take(self, size):
        """Receives as many bytes, and asks for a sign of life meanwhile."""
        while len(self.heard) < size:
            try:
                piece = self.conn.recv(4096)
            except TimeoutError:
                self.silent += 1
                if self.silent > 2:
                    raise
                self.write(PING, b"")
                continue
            if not piece:
                raise EOFError("it ended without a goodbye")
            self.heard, self.silent = self.heard + piece, 0
        taken, self.heard = self.heard[:size], self.heard[size:]
        return taken

    def write(self, kind, payload):
        """Sends a frame: whole, by itself, and without a mask."""
        size = bytes([len(payload)]) if len(payload) <= 125 else struct.pack(">BH", 126, len(payload))
        with self.lock:
            if self.said:
                raise BrokenPipeError("we have said goodbye")
            self.said = kind == CLOSE
            self.conn.sendall(bytes([0x80 | kind]) + size + payload)

    def goodbye(self, code):
        try:
            self.write(CLOSE, struct.pack(">H", code))
        except OSError:
            pass  # it was said, or nobody is there to hear it


def read_head(conn):
    """Reads until the empty line; returns the head, and what came behind it."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = conn.recv(4096)
        if not piece and not heard:
            return b"", b""  # it called and said nothing
        heard += piece
        if not piece or len(heard) > HEAD:
            raise Refused("400 Bad Request", "a head without an end, or a long one")
    head, _, rest = heard.partition(b"\r\n\r\n")
    return head, rest


def parsed(head):
    """Takes a head apart; what a field says several times is one list."""
    line, *lines = head.decode("latin-1").split("\r\n")
    request = re.fullmatch(r"(\S+) (\S+) HTTP/1\.1", line)
    if not request or not all(re.fullmatch(r"[^\s:\x00-\x1f]+:[^\x00-\x08\x0a-\x1f\x7f]*", one) for one in lines):
        raise Refused("400 Bad Request", "that is no head of a request")
    fields = {}
    for one in lines:
        name, _, value = one.partition(":")
        name, value = name.lower(), value.strip()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return *request.groups(), fields


def complain(what):
    """Says what went wrong: the first ten times, and then each time that the
    number has doubled."""
    n = next(complaints)
    if n <= 10 or n & (n - 1) == 0:
        print(f"ws-door: {what}" + (f" (complaint {n}; not all are shown)" if n > 10 else ""), file=sys.stderr)


complaints = itertools.count(1)


def show(line):
    try:
        print(line, flush=True)
    except OSError as error:
        print(f"ws-door: write: {error.strerror}", file=sys.stderr)
        os._exit(1)


def address(text):
    """Takes HOST:PORT apart. An IPv6 host stands in brackets."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    host.encode("idna")
    if not host or not 0 <= int(port) <= 65535:
        raise ValueError
    return host, int(port)


def written(name):
    """Writes what getsockname returned as HOST:PORT."""
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


if __name__ == "__main__":
    main()

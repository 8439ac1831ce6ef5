"""chat-client enters the room as NAME. Typed lines are said to all the others;
/who asks who is there, /quit or ^D leaves.

    python3 client.py -name NAME HOST:PORT

Read lessons/4.3-room.md.
"""
import os
import signal
import socket
import sys
import threading
import unicodedata

over = threading.Event()  # the server may hang up: one side has said goodbye


def main():
    try:
        flag, name, addr = sys.argv[1:]
        host, port = address(addr)
        # A newline in the name would make it two lines: a name and a message.
        if flag != "-name" or not name or "\n" in name or "\r" in name:
            raise ValueError
    except ValueError:
        print("usage: client.py -name NAME HOST:PORT", file=sys.stderr)
        sys.exit(2)
    sys.stdout.reconfigure(encoding="utf-8")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ^C: end, without a traceback

    try:
        conn = socket.create_connection((host, port), timeout=10)
    except OSError as error:
        sys.exit(f"chat-client: dial {addr}: {error.strerror or error}")
    conn.settimeout(None)  # connected: from here on silence is no failure
    # Else a short line waits until the one before is acknowledged. Go sets it.
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # Nobody takes turns in a room: something may come while we type. So one
    # thread reads the terminal, and this one reads the socket.
    # NOTE: what comes is printed into the line being typed. To keep the two
    # apart takes a terminal library.
    threading.Thread(target=talk, args=(conn, name), daemon=True).start()
    try:
        listen(conn)
        problem = None if over.is_set() else "the server has gone"
    except OSError as error:
        problem = error.strerror
    if problem:
        print(f"chat-client: receive from {addr}: {problem}", file=sys.stderr)
    # sys.exit would stumble over the thread that still waits for the keyboard.
    os._exit(1 if problem else 0)


def talk(conn, name):
    """Sends the name, then each typed line, with its newline, which is what
    makes it a line for the other side too: bytes, as they were typed."""
    try:
        # The room takes the first line for the name. If it refuses it, it says
        # why, and takes the next line: the next that is typed.
        conn.sendall(os.fsencode(name) + b"\n")
        # A line, or a piece of a long one: the stream joins pieces.
        while line := sys.stdin.buffer.readline(4096):
            if len(line) < 4096 and not line.endswith(b"\n"):
                line += b"\n"  # ^D in the middle of a line
            if line.strip() == b"/quit":
                over.set()
            conn.sendall(line)
        # ^D. A half-close: we send our FIN, so the room knows that we have
        # left, and go on reading what it has still to tell us.
        over.set()
        conn.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # what can't be written has ended for the one who reads as well


def listen(conn):
    """Prints each line that comes, until the room closes the connection."""
    with conn.makefile("rb") as stream:
        # NOTE: a line of more than 16384 bytes is printed as several.
        while line := stream.readline(16384):
            line = line.rstrip(b"\r\n")
            if line == b"* the room is closing":
                over.set()
            # The server makes lines harmless; we don't rely on every server.
            say(visible(line))


def visible(heard):
    """Returns what came in a form that is safe to print: controls as their
    pictures (␛), what can't be seen as U+FFFD."""
    text = heard.decode(errors="replace").translate(PICTURES)
    return "".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text)


PICTURES = {n: 0x2400 + n for n in range(32)} | {127: "␡"}
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def say(line):
    """Prints a line, at once. If it can't be written, we have failed, and our
    caller must know."""
    try:
        print(line, flush=True)
    except OSError as error:
        print(f"chat-client: write: {error.strerror}", file=sys.stderr)
        os._exit(1)  # sys.exit would try to write it again


def address(text):
    """Takes HOST:PORT apart. An IPv6 host stands in brackets."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    host.encode("idna")
    if not host or not 0 <= int(port) <= 65535:
        raise ValueError
    return host, int(port)


if __name__ == "__main__":
    main()

"""desk-client sends each typed line, and prints the one answer it waits for.
^D leaves.

    python3 client.py HOST:PORT

Read lessons/4.1-desk.md.
"""
import os
import signal
import socket
import sys
import unicodedata


def main():
    try:
        (addr,) = sys.argv[1:]
        host, port = address(addr)
    except ValueError:
        print("usage: client.py HOST:PORT", file=sys.stderr)
        sys.exit(2)
    sys.stdout.reconfigure(encoding="utf-8")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ^C: end, without a traceback

    try:
        conn = socket.create_connection((host, port), timeout=10)
    except OSError as error:
        sys.exit(f"desk-client: dial {addr}: {error.strerror or error}")
    # The limit was for connecting. From here on a person has to think and type
    # over there, and we can't know how long.
    # NOTE: nor can we tell a slow operator from a dead network; lesson 6.5.
    conn.settimeout(None)

    # with closes conn: the desk's recv returns the end of the stream, and so
    # the operator sees that we have left.
    with conn:
        try:
            talk(conn, addr)
        except OSError as error:
            sys.exit(f"desk-client: talk to {addr}: {error.strerror}")


def talk(conn, addr):
    """Type, send, receive, print; and again, until ^D.
    NOTE: while we wait for the keyboard we don't look at the socket, and the
    other way round. The client of lesson 4.3 does both at once."""
    # A line is bytes, as they were typed; Python's text is only for printing.
    # NOTE: one of more than 4095 bytes counts as several. No terminal gives that.
    while line := sys.stdin.buffer.readline(4096):
        line = line.rstrip(b"\n")
        if not line:
            # Nothing would travel, and we would wait for the answer to nothing.
            print("desk-client: send: an empty line can't be a message", file=sys.stderr)
            continue
        # The operator sees this as one message, if one receive over there
        # returns all of it: more than 1024 bytes surely take several.
        conn.sendall(line)
        # One receive is taken for one answer.
        answer = conn.recv(1024)
        if not answer:
            sys.exit(f"desk-client: receive from {addr}: the desk closed without an answer")
        say(visible(answer))


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
        print(f"desk-client: write: {error.strerror}", file=sys.stderr)
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

"""echo-client connects, sends TEXT, receives the answer and prints it.

    python3 client.py HOST:PORT TEXT

Read lessons/1.1-echo.md.
"""
import os
import signal
import socket
import sys
import unicodedata


def main():
    try:
        addr, text = sys.argv[1:]
        host, port = address(addr)
    except ValueError:
        print("usage: client.py HOST:PORT TEXT", file=sys.stderr)
        sys.exit(2)
    if not text:
        # On a stream nothing would travel, and the server would wait for ever.
        print("echo-client: no bytes are no message", file=sys.stderr)
        sys.exit(2)
    sys.stdout.reconfigure(encoding="utf-8")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ^C: end, without a traceback

    # socket and connect in one, tried for each address that the host has; Go's
    # Dial does the same. It returns when the other kernel has agreed; the
    # server program need not have noticed yet. Our own port the kernel picks.
    try:
        conn = socket.create_connection((host, port), timeout=30)
    except OSError as error:
        sys.exit(f"echo-client: dial {addr}: {error.strerror or error}")

    # The timeout stays with the socket: each call below raises TimeoutError
    # after thirty seconds. Without one, Python waits for ever.
    try:
        with conn:
            # Bytes, not text: those that were typed, and no newline, no length,
            # no terminator. send could send fewer; sendall does not.
            conn.sendall(os.fsencode(text))
            # A receive returns a piece of a stream, whatever has come by then:
            # 1024 is a limit, not a promise. But we know how long the answer is,
            # and receive until that much is here; b"" is the end.
            answer = piece = conn.recv(1024)
            whole = min(len(b"hello " + os.fsencode(text)), 1024)
            while piece and len(answer) < whole:
                piece = conn.recv(1024)
                answer += piece
    except OSError as error:
        sys.exit(f"echo-client: talk to {addr}: {error.strerror or error}")
    if not answer:
        sys.exit(f"echo-client: receive from {addr}: closed without an answer")
    say(visible(answer))


def visible(heard):
    """Returns what came in a form that is safe to print. A stranger's escape
    sequences would be orders to our terminal: controls become their pictures
    (␛), and what can't be seen becomes U+FFFD."""
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
        print(f"echo-client: write: {error.strerror}", file=sys.stderr)
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

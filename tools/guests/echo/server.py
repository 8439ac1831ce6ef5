"""echo-server answers "hello " and the bytes it received, then closes.

    python3 server.py [-k] HOST:PORT

-k: serve every caller, all at the same time, each until it closes.
Read lessons/1.1-echo.md first, then lessons/1.4-many-callers.md for -k.
"""
import os
import signal
import socket
import sys
import threading
import unicodedata


def main():
    keep = sys.argv[1:2] == ["-k"]
    try:
        host, port = address(*sys.argv[2 if keep else 1:])
    except (TypeError, ValueError):
        print("usage: server.py [-k] HOST:PORT", file=sys.stderr)
        sys.exit(2)

    # Python keeps lines back when stdout is a pipe; who waits for one shall
    # see it at once.
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)

    # kill and ^C ask us to stop. Python would run a handler between two steps of
    # this thread; if it is just about to wait in accept, that comes too late. So
    # a thread waits for the signals, and they are blocked: they interrupt nobody.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    threading.Thread(target=leave_when_asked, daemon=True).start()

    try:
        serve(host, port, keep)
    except OSError as error:
        sys.exit(f"echo-server: listen {host}:{port}: {error.strerror}")


STOP = {signal.SIGTERM, signal.SIGINT}


def leave_when_asked():
    signal.sigwait(STOP)
    os._exit(0)  # sys.exit would end this thread alone; the kernel closes our sockets


def serve(host, port, keep):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # Go's net.Listen is these three calls and this option. Without it,
        # bind fails for a minute after a server whose callers are hardly
        # gone (TIME-WAIT): Address already in use.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
        print(f"listening on {written(listener.getsockname())}")

        while True:
            # Waits for a caller, and returns a second socket for it alone.
            conn, _ = listener.accept()
            if not keep:
                sys.exit(answer_once(conn))
            # A thread for each caller: while one of them is silent, its thread
            # waits in recv, and we are already back in accept.
            threading.Thread(target=answer_all, args=(conn,), daemon=True).start()


def answer_once(conn):
    """Receives once, answers once and hangs up; returns what went wrong."""
    try:
        with conn:  # and close: the caller meets the end of the stream
            # At least one byte, at most 1024: what has come so far. For a
            # short name that is the whole name.
            # NOTE: nothing guarantees that; lesson 4.2 shows when it goes wrong.
            heard = conn.recv(1024)
            if not heard:
                return "echo-server: receive: the caller closed without a word"
            show(heard)
            # sendall sends every byte or raises, as Go's Write does. send
            # may send fewer and says how many; whoever forgets to look at
            # that number has lost the rest.
            conn.sendall(b"hello " + heard)
    except OSError as error:
        return f"echo-server: caller: {error.strerror}"


def answer_all(conn):
    """Answers every receive of one caller until it closes. What goes wrong
    with one caller is said, and is no reason to stop serving others."""
    try:
        with conn:
            # No bytes and no error: the caller has closed its side, and
            # nothing more will ever come. Go has io.EOF for that.
            while heard := conn.recv(1024):
                show(heard)
                # To one who has gone, the kernel's answer is SIGPIPE. It would
                # end a C program; Python ignores it and raises BrokenPipeError.
                conn.sendall(b"hello " + heard)
    except OSError as error:
        print(f"echo-server: caller: {error.strerror}", file=sys.stderr)


def show(heard):
    """Prints what came, in a form that is safe to print. Bytes become text as
    late as here: a receive may end in the middle of a character."""
    # A stranger's escape sequences would be orders to our terminal.
    # Controls become their pictures (␛), what can't be seen U+FFFD.
    text = heard.decode(errors="replace").translate(PICTURES)
    line = "".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text)
    sys.stdout.write(line + "\n")  # print would write twice: two threads, one mess


PICTURES = {n: 0x2400 + n for n in range(32)} | {127: "␡"}
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def address(text):
    """Takes HOST:PORT apart. An IPv6 host stands in brackets."""
    host, _, port = text.rpartition(":")
    host.encode("idna")
    if not host or not 0 <= int(port) <= 65535:
        raise ValueError
    return host.strip("[]"), int(port)


def written(name):
    """Writes what getsockname returned as HOST:PORT."""
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


if __name__ == "__main__":
    main()

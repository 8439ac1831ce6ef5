"""echo-server answers "hello " and the bytes it received, then closes.

    python3 server.py [-k] HOST:PORT

-k: serve every caller, all at the same time, each until it closes.
Read lessons/1.1-echo.md first, then lessons/1.4-many-callers.md for -k.
"""
import itertools
import os
import signal
import socket
import sys
import threading
import time
import unicodedata


def main():
    keep = sys.argv[1:2] == ["-k"]
    try:
        host, port = address(*sys.argv[2 if keep else 1:])
    except (TypeError, ValueError):
        print("usage: server.py [-k] HOST:PORT", file=sys.stderr)
        sys.exit(2)

    sys.stdout.reconfigure(encoding="utf-8")

    # kill and ^C ask us to stop. Python runs a handler between two steps of this
    # thread; if the thread is just about to wait in accept, that comes too late.
    # So a thread of its own waits for the signals, and they are blocked: they
    # interrupt nobody.
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
        # Go's net.Listen is these three calls and this option. Without it, bind
        # fails for a minute after a server whose callers have only just left
        # (TIME-WAIT): Address already in use.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
        say(f"listening on {written(listener.getsockname())}")

        while True:
            # Waits for a caller, and returns a second socket for it alone.
            try:
                conn, _ = listener.accept()
            except OSError as error:
                # This error passes: no descriptor is free for one more (EMFILE,
                # ENFILE), no memory, or the caller has gone again (accept(2)). A
                # new caller waits in the kernel's queue; to ask again at once
                # would only fail again.
                complain(f"accept: {error.strerror}")
                time.sleep(1)
                continue
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
            # sendall sends every byte or raises, as Go's Write does. send may
            # send fewer and says how many; a program that ignores that number
            # has lost the rest.
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
                # When the caller has gone, the kernel's answer is SIGPIPE. It
                # would end a C program; Python ignores it and raises
                # BrokenPipeError.
                conn.sendall(b"hello " + heard)
    except OSError as error:
        complain(f"caller: {error.strerror}")


def show(heard):
    """Prints what came, in a form that is safe to print. Bytes become text as
    late as here: a receive may end in the middle of a character."""
    # A stranger's escape sequences would be orders to our terminal.
    # Controls become their pictures (␛), what can't be seen U+FFFD.
    text = heard.decode(errors="replace").translate(PICTURES)
    say("".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text))


PICTURES = {n: 0x2400 + n for n in range(32)} | {127: "␡"}
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def complain(what):
    """Says what went wrong: the first ten times, and then each time that the
    number has doubled. A storm of resets must not bury everything else."""
    n = next(complaints)
    if n <= 10 or n & (n - 1) == 0:
        note = f" (complaint {n}; not all are shown)" if n > 10 else ""
        print(f"echo-server: {what}{note}", file=sys.stderr)


complaints = itertools.count(1)


def say(line):
    """Prints a line, at once. If it can't be written, we have failed, and our
    caller must know."""
    try:
        sys.stdout.write(line + "\n")  # print would write twice: two threads, one mess
        sys.stdout.flush()
    except OSError as error:
        print(f"echo-server: write: {error.strerror}", file=sys.stderr)
        os._exit(1)  # sys.exit would try to write it again


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

"""desk-server is a service desk: many callers write, and one operator at this
terminal answers them, oldest message first. ^D closes the desk.

    python3 server.py HOST:PORT

Read lessons/4.1-desk.md.
"""
import itertools
import os
import signal
import socket
import struct
import sys
import threading
import time
import unicodedata

# What the callers' threads and the operator's share, all under one lock: the
# order on the screen is the order of answers.
lock = threading.Lock()
waiting = []  # a Caller for each unanswered message, oldest first


def main():
    try:
        host, port = address(*sys.argv[1:])
    except (TypeError, ValueError):
        print("usage: server.py HOST:PORT", file=sys.stderr)
        sys.exit(2)
    sys.stdout.reconfigure(encoding="utf-8")

    # A thread begins with the signal mask of its creator. So a blocked signal
    # interrupts none of them, and waits until somebody asks for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    threading.Thread(target=leave_when_asked, daemon=True).start()
    try:
        serve(host, port)
    except OSError as error:
        sys.exit(f"desk-server: listen {host}:{port}: {error.strerror}")


STOP = {signal.SIGTERM, signal.SIGINT}


def leave_when_asked():
    signal.sigwait(STOP)
    os._exit(0)  # sys.exit would end this thread alone; the kernel closes our sockets


def serve(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # A send may wait for five seconds: connections inherit this. Python's
        # settimeout would be for recv as well, where we wait as long as it takes.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 5, 0))
        listener.listen()
        say(f"listening on {written(listener.getsockname())}")

        # The operator has a thread too: waiting for a person never keeps us
        # from accepting and receiving.
        threading.Thread(target=operate, daemon=True).start()
        number = 0
        while True:
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
            number += 1
            caller = Caller(number, conn)
            threading.Thread(target=receive, args=(caller,), daemon=True).start()


UNANSWERED = 16  # messages of one caller


class Caller:
    """A connection. Its messages are printed when they come, so we needn't keep
    them: who waits for an answer, and in which order, is enough."""

    def __init__(self, number, conn):
        self.number, self.conn = number, conn
        # How many messages may wait for the operator: a caller that sends
        # without pause fills neither our memory nor the screen.
        self.unanswered = threading.Semaphore(UNANSWERED)
        self.gone = False


def receive(caller):
    """Takes one caller's messages until it leaves."""
    try:
        while True:
            # This waits while UNANSWERED messages are unanswered. What we don't
            # read fills our kernel's buffer, then the caller's, and then its
            # send blocks: TCP slows it down without a word of ours.
            # NOTE: as long as we don't read, we can't see it leave either.
            caller.unanswered.acquire()

            # One receive is taken for one message.
            # NOTE: a stream has no messages. Two sent quickly may arrive as
            # one, and a long one as several; lesson 4.2 shows what to do.
            message = caller.conn.recv(1024)
            if not message:
                # The caller says no more. Perhaps it has gone; perhaps it has
                # closed its sending half only, and waits for answers: what it
                # has asked still counts, until nothing is unanswered.
                for _ in range(UNANSWERED - 1):
                    caller.unanswered.acquire()
                break
            with lock:
                if caller.gone:
                    break
                waiting.append(caller)
                say(f"[{caller.number}] {visible(message)}")
    except OSError as error:
        complain(f"receive from {caller.number}: {error.strerror}")
    leave(caller)
    caller.conn.close()


def leave(caller):
    """Announces it, once, and drops the caller's unanswered messages: no answer
    must go to a caller that has gone."""
    with lock:
        if not caller.gone:
            caller.gone = True
            for _ in range(waiting.count(caller)):
                caller.unanswered.release()
            waiting[:] = [w for w in waiting if w is not caller]
            say(f"[{caller.number}] left")


def operate():
    """Sends each typed line as an answer, until ^D. A line is bytes, as typed.
    NOTE: one of more than 4095 bytes counts as several. No terminal gives that."""
    while line := sys.stdin.buffer.readline(4096):
        line = line.rstrip(b"\n")
        if not line:
            # send would send nothing, and the caller's recv would go on waiting.
            print("desk-server: send: an empty line can't be a message", file=sys.stderr)
            continue
        with lock:
            caller = waiting.pop(0) if waiting else None
        if caller is None:
            print("desk-server: send: nobody waits for an answer", file=sys.stderr)
        else:
            answer(caller, line)
    os._exit(0)  # and the kernel closes every connection


def answer(caller, line):
    """Sends the line to a caller. The lock is released: this can take a while, and
    the others must be heard meanwhile."""
    try:
        # All of it, or an exception; send alone may send less.
        caller.conn.sendall(line)
    except OSError as error:
        complain(f"send to {caller.number}: {error.strerror}")
        # Perhaps a part is on its way, and the caller would read our next line
        # as its end: this conversation is over. shutdown wakes the thread that
        # waits in recv; close would not (Go's Close does both).
        leave(caller)
        try:
            caller.conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has closed already
    caller.unanswered.release()


def complain(what):
    """Says what went wrong: the first ten times, and then each time that the
    number has doubled. A storm of resets must not bury everything else."""
    n = next(complaints)
    if n <= 10 or n & (n - 1) == 0:
        note = f" (complaint {n}; not all are shown)" if n > 10 else ""
        print(f"desk-server: {what}{note}", file=sys.stderr)


complaints = itertools.count(1)


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
        print(f"desk-server: write: {error.strerror}", file=sys.stderr)
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

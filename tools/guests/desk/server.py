"""desk-server is a service desk: many callers write, and one operator at this
terminal answers them, oldest message first. ^D closes the desk.

    python3 server.py HOST:PORT

Read lessons/4.1-desk.md.
"""
import os
import signal
import socket
import struct
import sys
import threading
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
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)  # for a pipe too

    # Threads begin with the mask of who started them: a blocked signal interrupts
    # none of them, and waits until somebody asks for it.
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
        print(f"listening on {written(listener.getsockname())}")

        # The operator has a thread too: waiting for a person never keeps us
        # from accepting and receiving.
        threading.Thread(target=operate, daemon=True).start()
        number = 0
        while True:
            conn, _ = listener.accept()
            number += 1
            caller = Caller(number, conn)
            threading.Thread(target=receive, args=(caller,), daemon=True).start()


class Caller:
    """A connection. Its messages are printed when they come, so we needn't keep
    them: who waits for an answer, and in which order, is enough."""

    def __init__(self, number, conn):
        self.number, self.conn = number, conn
        # How many messages may wait for the operator: who sends without pause
        # fills neither our memory nor the screen.
        self.unanswered = threading.Semaphore(16)
        self.gone = False


def receive(caller):
    """Takes one caller's messages until it leaves."""
    try:
        while True:
            # Waits while 16 are unanswered. What we don't read fills our
            # kernel's buffer, then the caller's, and then its send blocks: TCP
            # slows it down without a word of ours.
            # NOTE: as long as we don't read, we can't see it leave either.
            caller.unanswered.acquire()

            # One receive is taken for one message.
            # NOTE: a stream has no messages. Two sent quickly may arrive as
            # one, and a long one as several; lesson 4.2 shows what to do.
            message = caller.conn.recv(1024)
            if not message:
                break  # the caller has closed
            with lock:
                if caller.gone:
                    break
                waiting.append(caller)
                print(f"[{caller.number}] {visible(message)}")
    except OSError as error:
        complain(f"receive from {caller.number}: {error.strerror}")
    leave(caller)
    caller.conn.close()


def leave(caller):
    """Announces it, once, and drops the caller's unanswered messages: no answer
    shall go to a socket behind which nobody is."""
    with lock:
        if not caller.gone:
            caller.gone = True
            waiting[:] = [w for w in waiting if w is not caller]
            print(f"[{caller.number}] left")


def operate():
    """Sends each typed line as an answer, until ^D. A line is bytes, as typed.
    NOTE: one of more than 4095 bytes counts as several. No terminal gives that."""
    while line := sys.stdin.buffer.readline(4096):
        line = line.rstrip(b"\n")
        if not line:
            # send would send nothing, and the caller's recv would go on waiting.
            complain("send: an empty line can't be a message")
            continue
        with lock:
            caller = waiting.pop(0) if waiting else None
        if caller is None:
            complain("send: nobody waits for an answer")
        else:
            answer(caller, line)
    os._exit(0)  # and the kernel closes every connection


def answer(caller, line):
    """Sends the line to a caller. The lock is open: this can take a while, and
    the others shall be heard meanwhile."""
    try:
        # All of it, or an exception; send alone may send less.
        caller.conn.sendall(line)
    except OSError as error:
        complain(f"send to {caller.number}: {error.strerror}")
        # Perhaps a part is on its way, and what we sent next would be read as
        # its end: this conversation is over. shutdown wakes the thread that
        # waits in recv; close would not (Go's Close does both).
        leave(caller)
        try:
            caller.conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has closed already
    caller.unanswered.release()


def complain(what):
    sys.stderr.write(f"desk-server: {what}\n")


def visible(heard):
    """Returns what came in a form that is safe to print: controls as their
    pictures (␛), what can't be seen as U+FFFD."""
    text = heard.decode(errors="replace").translate(PICTURES)
    return "".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text)


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

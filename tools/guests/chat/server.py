"""chat-server is a room: many callers, and everyone hears everyone else. Here
one line is one message.

    python3 server.py HOST:PORT

Read lessons/4.3-room.md.
"""
import itertools
import os
import re
import signal
import socket
import struct
import sys
import threading
import unicodedata

LINE = 4096  # the longest line, in bytes; one without end would fill our memory
QUEUE = 1 << 20  # what may be pending for one caller, in bytes

# One lock guards all that follows, and every Caller. A line goes into all queues
# under that lock, so everybody hears the same, in one order. Nobody does
# anything slow while holding it; above all, nobody sends.
# NOTE: except to the operator's screen. A terminal stopped with ^S stops us.
lock = threading.Lock()
gone = threading.Condition(lock)  # a connection has ended
callers = set()  # all whom we talk to, with a name or without
members = []  # those who have a name, in order of arrival


def main():
    try:
        host, port = address(*sys.argv[1:])
    except (TypeError, ValueError):
        print("usage: server.py HOST:PORT", file=sys.stderr)
        sys.exit(2)
    sys.stdout.reconfigure(encoding="utf-8")

    # A thread begins with the signal mask of its creator. So a blocked signal
    # interrupts none of them, and waits until this one asks for it.
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            # Connections inherit these two. The kernel has a queue as well,
            # which must hold no more than ours. And a short line must not wait
            # until the one before is acknowledged (Nagle, tcp(7)): Go sees to
            # that itself.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUE)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listener.listen()
        except OSError as error:
            sys.exit(f"chat-server: listen {host}:{port}: {error.strerror}")
        show(f"listening on {written(listener.getsockname())}")
        threading.Thread(target=welcome, args=(listener,), daemon=True).start()

        signal.sigwait(stop)
        close()
        os._exit(0)  # all threads at once; sys.exit would end this one


def welcome(listener):
    """Accepts callers until accepting fails.
    NOTE: one reason is that there are no more threads for us. We stop then, and
    say so."""
    try:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError as error:
                # This error passes: no descriptor is free for one more (EMFILE,
                # ENFILE), no memory, or the caller has gone again (accept(2)).
                # It is no reason to send away those who are here. The new one
                # stays in the kernel's queue until somebody has left.
                complain(f"accept: {error.strerror}")
                with lock:
                    gone.wait(timeout=1)
                continue
            # Both sides may talk at any time, so each caller has two threads: one
            # waits for what the caller says, one for something to tell it.
            # NOTE: Python runs one thread at a time, and each line for a
            # thousand callers wakes a thousand threads; lesson 4.5 has no time
            # for that.
            caller = Caller(conn)
            caller.writer = threading.Thread(target=write_lines, args=(caller,), daemon=True)
            with lock:
                callers.add(caller)
                caller.push("* welcome: your first line is your name")
            caller.writer.start()
            threading.Thread(target=serve, args=(caller,), daemon=True).start()
    except RuntimeError as error:
        print(f"chat-server: accept: {error}", file=sys.stderr)
        os._exit(1)


class Caller:
    def __init__(self, conn):
        self.conn = conn
        self.name = ""  # until the room has let it in
        self.pending = bytearray()  # whole lines that are yet to be sent
        self.ended = False  # nothing will be added to pending any more
        self.more = threading.Condition(lock)  # one of these two has changed

    def push(self, line):
        """Adds a line to what is pending, or returns False if there is no
        place. It takes no longer for a caller who doesn't read."""
        data = line.encode() + b"\n"
        if self.ended:
            return True
        if len(self.pending) + len(data) > QUEUE:
            return False
        self.pending += data
        self.more.notify()
        return True


def serve(caller):
    """Is the whole life of a connection."""
    with caller.conn as conn, conn.makefile("rb") as stream:
        try:
            read_lines(caller, stream)
        except OSError:
            pass  # a caller that resets has left too
        with lock:
            remove(caller, "left")

        # Now hang up without losing the last words. Closing a socket that has
        # something unread sends RST instead of FIN, and a RST destroys what is
        # still on its way. So: let the writer finish with its FIN; read until
        # the caller has closed too; then close. In bounds: it may do neither.
        caller.writer.join(timeout=1)
        if caller.writer.is_alive():
            hang_up(conn)
        conn.settimeout(1)
        try:
            for _ in range(16):
                if not conn.recv(1 << 16):
                    break
        except OSError:
            pass
    with lock:
        callers.discard(caller)
        gone.notify_all()


def read_lines(caller, stream):
    """Cuts the stream into lines until the caller leaves. How the bytes came,
    in one receive or in twenty, makes no difference any more."""
    # readline without a number would read on until there is a newline, or until
    # we have no more memory.
    while line := stream.readline(LIMIT):
        whole = line.endswith(b"\n")
        if len(line) < LIMIT and not whole:
            return  # the stream ended in the middle of a line; nobody hears it
        line = line.removesuffix(b"\n").removesuffix(b"\r")  # telnet sends both
        if not whole or len(line) > LINE:
            with lock:
                tell(caller, f"* line refused: longer than {LINE} bytes")
            while not whole and (line := stream.readline(LIMIT)):
                whole = line.endswith(b"\n")
        elif not hear(caller, line):
            return


LIMIT = LINE + len("\r\n")


def hear(caller, line):
    """Handles one line of a caller, and returns False when it was its last."""
    # What everybody's terminal would obey is made harmless here, in one place.
    text = visible(line)
    command = text.strip()
    with lock:
        if caller.ended or command == "/quit":
            return False
        if not caller.name:
            admit(caller, line)
        elif command == "/who":
            tell(caller, "* here: " + ", ".join(m.name for m in members))
        elif command.startswith("/"):
            tell(caller, f"* unknown command {command.split()[0]}: there are /who and /quit")
        elif text:
            say(f"{caller.name}: {text}", caller)
    return True


def admit(caller, line):
    """Takes a caller into the room, if its name is good. A name stands beside
    our own words on everybody's screen, so it must not look like them."""
    try:
        name = line.decode().strip(" ")
    except UnicodeDecodeError:
        return tell(caller, "* name refused: it isn't UTF-8; another?")
    for bad, reason in (
        (not name, "it is empty"),
        (len(name) > 32, "it is longer than 32 characters"),
        (not name.isprintable() or INVISIBLE.search(name), "it has an invisible character"),
        (re.search("[/*:,]", name), "it has one of / * : and , which mean something here"),
        (" " in name, "it is more than one word"),
        (not all(c.isascii() or kind(c) in "LMN" for c in name), "it has a sign that is no letter and no digit"),
        # Marks stand on a letter; a heap of them reaches into other lines.
        (re.search("^M|MMMMM", "".join(map(kind, name))), "it has marks without a letter, or too many on one"),
        (any(key(m.name) == key(name) for m in members), f'"{name}" is taken'),
    ):
        if bad:
            return tell(caller, f"* name refused: {reason}; another?")
    caller.name = name
    members.append(caller)
    show(f"{name} joined")
    say(f"* {name} joined")


def kind(character):
    """Is L for a letter, M for a mark on one, N for a digit."""
    return unicodedata.category(character)[0]


def key(name):
    """Is the same for names that differ only in how they are written: in small
    letters or large, in one piece or two (é), in another width or font."""
    return unicodedata.normalize("NFKC", name).casefold()


# Letters to Python, and nothing to the eye: Unicode wants them ignored, or they
# are drawn as a blank.
INVISIBLE = re.compile(
    "[\u2800\ufffc\ufffd\U00013441\U00013442\U0001d159\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def say(line, but=None):
    """Tells everyone in the room, except one. A caller with a full queue is
    dropped, but only after the others have the line: the news of it comes second."""
    full = [m for m in members if m is not but and not m.push(line)]
    for member in full:
        drop(member)


def tell(caller, line):
    if not caller.push(line):
        drop(caller)


def drop(caller):
    remove(caller, "dropped: not reading")
    hang_up(caller.conn)


def remove(caller, how):
    """Takes a caller out, once, and tells those who stay."""
    if caller.ended:
        return
    caller.ended = True
    caller.more.notify()
    if caller in members:
        members.remove(caller)
        show(f"{caller.name} {how}")
        say(f"* {caller.name} {how}")


def hang_up(conn):
    """Ends the calls that other threads are waiting in. close would not end
    them (in Go it does). With linger 0 the close that follows sends RST, and
    the kernel keeps nothing for a caller that doesn't read."""
    try:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has gone already


def write_lines(caller):
    """Sends what is pending, and at the end half-closes: the caller reads the
    end of the stream after the last line, and we can still read."""
    try:
        # All that has gathered goes at once: a burst costs few system calls.
        while text := take(caller):
            # When the caller doesn't read, both kernels' buffers fill, and this
            # waits, in this thread alone, for as long as its queue has place.
            caller.conn.sendall(text)
        caller.conn.shutdown(socket.SHUT_WR)
    except OSError:
        hang_up(caller.conn)  # and read_lines' recv ends: the caller has left


def take(caller):
    """Waits for something to send and returns all of it, nothing at the end."""
    with lock:
        while not caller.pending and not caller.ended:
            caller.more.wait()  # opens the lock while it waits
        text, caller.pending = caller.pending, bytearray()
        return text


def close():
    """Tells everybody that it is over, and waits until all have closed too: all
    at the same time, and a second for the lot."""
    with lock:
        for caller in callers:
            caller.push("* the room is closing")
            caller.ended = True
            caller.more.notify()
        gone.wait_for(lambda: not callers, timeout=1)


def visible(heard):
    """Returns what came in a form that is safe to print: controls as their
    pictures (␛), what can't be seen as U+FFFD."""
    text = heard.decode(errors="replace")
    if text.isprintable():
        return text  # as nearly always
    text = text.translate(PICTURES)
    return "".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in text)


PICTURES = {n: 0x2400 + n for n in range(32)} | {127: "␡"}
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def complain(what):
    """Says what went wrong: the first ten times, and then each time that the
    number has doubled. A storm of resets must not bury everything else."""
    n = next(complaints)
    if n <= 10 or n & (n - 1) == 0:
        note = f" (complaint {n}; not all are shown)" if n > 10 else ""
        print(f"chat-server: {what}{note}", file=sys.stderr)


complaints = itertools.count(1)


def show(line):
    """Prints a line, at once. If it can't be written, we have failed, and our
    caller must know."""
    try:
        print(line, flush=True)
    except OSError as error:
        print(f"chat-server: write: {error.strerror}", file=sys.stderr)
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

"""http-proxy takes HTTP requests, one on each connection, and passes each on to
a server.

    python3 proxy.py [-to HOST:PORT] [-tunnels PORTS] [-t SECONDS] HOST:PORT

Read lessons/5.6-through-others.md.
"""
import argparse
import itertools
import os
import re
import signal
import socket
import struct
import sys
import threading
import time

HEAD = 64 << 10  # the longest head of a request: a stranger must not fill our memory
PIECE = 16 << 10  # bytes of one receive
# What means this connection, and not the request (RFC 9110, section 7.6.1).
OURS = {"connection", "proxy-connection", "keep-alive", "te", "upgrade", "proxy-authorization"}
FRAMING = {"host", "content-length", "transfer-encoding"}  # these stay, whoever names them


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    flags = argparse.ArgumentParser(prog="http-proxy", add_help=False, allow_abbrev=False)
    flags.add_argument("-to", type=address)
    flags.add_argument("-tunnels", default="443", type=lambda text: text.split(","))
    flags.add_argument("-t", default=30.0, type=seconds)
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
            sys.exit(f"http-proxy: listen {written(asked.at)}: {error.strerror}")
        show(f"listening on {written(listener.getsockname())}")
        while True:
            try:
                conn, caller = listener.accept()
            except OSError as error:  # it passes (accept(2))
                complain(f"accept: {error.strerror}")
                time.sleep(1)
                continue
            threading.Thread(target=serve, args=(conn, caller[0], asked), daemon=True).start()


STOP = {signal.SIGTERM, signal.SIGINT}


def leave_when_asked():
    signal.sigwait(STOP)
    os._exit(0)


class Refused(Exception):
    """The proxy itself answers: a status, and for our terminal a reason."""


def serve(conn, caller, asked):
    """Passes on one request, and its answer."""
    with conn:
        try:
            pass_on(conn, caller, asked)
        except Refused as refused:
            status, why = refused.args
            text = f"the proxy says: {status}\n"
            try:
                conn.sendall(f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
                             f"Connection: close\r\n\r\n{text}".encode())
            except OSError:
                pass  # it did not wait for that
            complain(f"{caller}: answered {status}: {why}")
        except OSError as error:
            complain(f"{caller}: {error}")
        try:  # a close with bytes unread would be a reset
            conn.shutdown(socket.SHUT_WR)
            conn.settimeout(1)
            for _ in range(64):
                if not conn.recv(PIECE):
                    break
        except OSError:
            pass


def pass_on(conn, caller, asked):
    conn.settimeout(10)
    head, rest = read_head(conn)
    if not head:
        return
    method, target, version, fields = parsed(head)
    server, target, host = route(method, target, asked)
    try:
        # The server's caller is this socket, and nobody else.
        out = socket.create_connection(server, asked.t)
    except TimeoutError as error:
        raise Refused("504 Gateway Timeout", f"dial {written(server)}: {error}")
    except OSError as error:
        raise Refused("502 Bad Gateway", f"dial {written(server)}: {error.strerror}")
    with out:
        if method == "CONNECT":
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            out.sendall(onward(method, target, version, host, fields, caller if asked.to else None))
        both_ways(conn, out, rest, method, asked.t)


def both_ways(conn, out, rest, method, patience):
    # A socket of Python has one timeout for both directions. So the silence of the
    # server is a clock here, which each byte from either side sets back.
    heard = time.monotonic()

    def say():
        nonlocal heard
        try:
            piece = rest  # what came in one piece with the head
            while True:
                if piece:
                    heard = time.monotonic()
                    out.sendall(piece)
                piece = conn.recv(PIECE)
                if not piece:
                    break
            out.shutdown(socket.SHUT_WR)  # an end is passed on, too
        except OSError:
            pass  # the other direction says why

    conn.settimeout(None)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", *divmod(int(patience * 1e6), 1000000)))
    speaker = threading.Thread(target=say, daemon=True)
    speaker.start()
    answered = method == "CONNECT"
    try:
        while True:
            out.settimeout(max(0.001, heard + patience - time.monotonic()))
            try:
                piece = out.recv(PIECE)
            except TimeoutError:
                if time.monotonic() < heard + patience:
                    continue  # the caller has said something meanwhile
                if answered:
                    raise
                raise Refused("504 Gateway Timeout", f"no answer in {patience} s")
            heard = time.monotonic()
            if not piece:
                break
            answered = True
            conn.sendall(piece)
        if not answered:
            raise Refused("502 Bad Gateway", "closed without an answer")
    except ConnectionError as error:
        if not answered:
            raise Refused("502 Bad Gateway", error.strerror)
        raise
    finally:
        # shutdown ends the thread's wait; close would not.
        for side, how in (out, socket.SHUT_RDWR), (conn, socket.SHUT_RD):
            try:
                side.shutdown(how)
            except OSError:
                pass
        speaker.join(1)


def read_head(conn):
    """Reads until the empty line; returns the head, and what came behind it."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = conn.recv(PIECE)
        if not piece and not heard:
            return b"", b""  # it called and said nothing
        heard += piece
        if not piece or len(heard) > HEAD:
            raise Refused("400 Bad Request", "a head without an end, or a long one")
    head, _, rest = heard.partition(b"\r\n\r\n")
    return head, rest


def parsed(head):
    line, *fields = head.decode("latin-1").split("\r\n")
    request = re.fullmatch(r"(\S+) (\S+) (HTTP/1\.[01])", line)
    # A name that the server reads in another way than we do would be a hole.
    if not request or not all(re.fullmatch(r"[^\s:\x00-\x1f]+:[^\x00-\x08\x0a-\x1f\x7f]*", f) for f in fields):
        raise Refused("400 Bad Request", "that is no head of a request")
    return *request.groups(), fields


def route(method, target, asked):
    """Says whom the request is for: the server, its path, and its Host, if the target named it."""
    if asked.to:
        if method == "CONNECT":
            raise Refused("405 Method Not Allowed", "CONNECT: a reverse proxy has no tunnels")
        return asked.to, target, None
    try:
        if method == "CONNECT":
            server = address(target)
            if str(server[1]) not in asked.tunnels:
                raise Refused("403 Forbidden", f"CONNECT to port {server[1]}")
            return server, target, None
        url = re.fullmatch(r"(?i:http)://([^/?@]+)(/?.*)", target)
        host = url[1]
        path = url[2] if url[2].startswith("/") else "/" + url[2]
        return address(host if re.search(r":\d+$", host) else host + ":80"), path, host
    except (ValueError, TypeError):
        raise Refused("400 Bad Request", f"whom is {ascii(target[:60])} for?")


def onward(method, target, version, host, fields, caller):
    """Is the request's head as the server gets it."""
    named = [f.partition(":") for f in fields]
    dropped = OURS | {word.strip().lower() for name, _, value in named
                      if name.lower() == "connection" for word in value.split(",")} - FRAMING
    lines = [f"{method} {target} {version}"]
    chain = []
    if host:
        lines.append(f"Host: {host}")
        dropped.add("host")
    for field, (name, _, value) in zip(fields, named):
        if caller and name.lower() == "x-forwarded-for":
            chain.append(value.strip())
        elif name.lower() not in dropped:
            lines.append(field)
    if caller:
        lines.append("X-Forwarded-For: " + ", ".join(chain + [caller]))
    lines += ["Via: 1.1 http-proxy", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def complain(what):
    """Says what went wrong: the first ten times, and then each time that the
    number has doubled."""
    n = next(complaints)
    if n <= 10 or n & (n - 1) == 0:
        print(f"http-proxy: {what}" + (f" (complaint {n}; not all are shown)" if n > 10 else ""), file=sys.stderr)


complaints = itertools.count(1)


def show(line):
    try:
        print(line, flush=True)
    except OSError as error:
        print(f"http-proxy: write: {error.strerror}", file=sys.stderr)
        os._exit(1)


def seconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)(ms|s|m)", text).groups()
    return float(number) * {"ms": 0.001, "s": 1, "m": 60}[unit]


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

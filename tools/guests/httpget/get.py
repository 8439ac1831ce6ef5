"""http-get asks a web server for a page, over a plain socket: split the URL,
connect, send the request, receive until the end.

    python3 get.py [-i | -body] [-o FILE] URL

Read lessons/5.1-http-get.md.
"""
import argparse
import ipaddress
import re
import signal
import socket
import sys


def main():
    parser = argparse.ArgumentParser("http-get", add_help=False, allow_abbrev=False)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("-i", dest="only", action="store_const", const="head")
    only.add_argument("-body", dest="only", action="store_const", const="body")
    parser.add_argument("-o", dest="file", metavar="FILE")
    parser.add_argument("url", metavar="URL")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ^C: end, without a traceback

    try:
        host, port, path = split(asked.url)
    except ValueError as error:
        print(f"http-get: {asked.url!a}: {error}", file=sys.stderr)
        sys.exit(2)
    try:
        # NOTE: an answer that is cut short leaves a part of it in FILE. The Go
        # program gives it that name only when it is whole.
        out = open(asked.file, "wb") if asked.file else sys.stdout.buffer
    except OSError as error:
        sys.exit(f"http-get: open {asked.file}: {error.strerror}")

    # HTTP is only a habit of talking: to the kernel, this is a TCP connection
    # like any other. The timeout is for connecting and then for each receive:
    # a download may take longer, as long as something keeps coming.
    try:
        conn = socket.create_connection((host.strip("[]"), port), timeout=30)
    except OSError as error:
        sys.exit(f"http-get: dial {host}:{port}: {error.strerror or error}")
    try:
        with conn, out:
            get(conn, host if port == 80 else f"{host}:{port}", path, asked.only, out)
    except (OSError, EOFError, ValueError) as error:
        sys.exit(f"http-get: {asked.url}: {getattr(error, 'strerror', None) or error}")


def get(conn, host, path, only, out):
    """Is the whole conversation: one request, one answer."""
    # The request is text. Each line ends with CR LF, and an empty line says
    # that it is complete; without it, the server would go on waiting.
    request = (
        f"GET {path} HTTP/1.1\r\n"
        f"Host: {host}\r\n"  # one address can serve many sites: this one, please
        f"Connection: close\r\n"  # else HTTP/1.1 waits for our next request
        f"\r\n"
    )
    conn.sendall(request.encode("ascii"))

    # From here on we write to stdout alone. When its reader has left (| head),
    # the kernel's SIGPIPE shall end us, quietly, as it does cat. Python had it
    # ignored, lest a connection that breaks end a program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    # A receive knows nothing of lines: it may bring half of one, or fifty. The
    # file that makefile puts before recv keeps what is left for the next read.
    # NOTE: so a line of the head is shown when all of it is there.
    with conn.makefile("rb") as stream:
        try:
            for part, data in answer(stream):
                if only in (None, part):
                    out.write(data)
                    out.flush()
        finally:
            # Every byte that comes, until the server closes: what isn't HTTP
            # is shown too, and then complained of.
            while only is None and (data := rest(stream)):
                out.write(data)
                out.flush()


def rest(stream):
    try:
        return stream.read1(SOME)
    except OSError:
        return b""


SOME = 1 << 16  # how many bytes of a line or a body we keep at a time


def answer(stream):
    """Yields the pieces of one answer as they come, each with the name of its
    part: head and body, and what is neither."""
    for _ in range(10):
        # Interim answers (100 Continue) say that the real one is yet to come.
        line = stream.readline(SOME)
        status = re.match(rb"HTTP/1\.\d (\d{3})\b", line)
        part = "interim" if status and status[1] < b"200" and status[1] != b"101" else "head"
        yield part, line
        if not line:
            raise EOFError("closed without an answer")
        if not status:
            raise ValueError(f"not HTTP: the answer begins with {line[:40]}")
        head = line
        while not head.endswith((b"\n\r\n", b"\n\n")):
            line = stream.readline(SOME)
            yield part, line
            head += line
            if not line:
                raise EOFError(f"cut short: {len(head)} bytes came, and no empty line")
            if len(head) > 1 << 20:
                raise ValueError("no empty line within a mebibyte")
        if part == "head":
            break
    else:
        raise ValueError("too many interim answers")

    # Three ways to say where a body ends: "chunked" cuts it into counted pieces,
    # the last one empty; Content-Length counts its bytes; without either, it
    # ends when the server closes (RFC 9112, section 6.3).
    codings = field(head, b"transfer-encoding")
    lengths = set(field(head, b"content-length"))
    if status[1] in (b"101", b"204", b"304"):
        return  # these have no body
    if codings:
        if codings != [b"chunked"]:
            raise ValueError(f"Transfer-Encoding {codings} is more than chunked")
        yield from chunks(stream)
    elif lengths:
        length = lengths.pop()
        if lengths or not length.isdigit() or len(length) > 18:
            raise ValueError("Content-Length is not one number")
        yield from counted(stream, int(length))
    else:
        while data := stream.read1(SOME):
            yield "body", data


def field(head, name):
    values = re.findall(rb"^" + name + rb":(.*)$", head, re.MULTILINE | re.IGNORECASE)
    return [value.strip().lower() for value in values]


def counted(stream, length):
    came = 0
    while came < length:
        # At most one receive: what has come, without waiting for the rest.
        data = stream.read1(min(SOME, length - came))
        if not data:
            # A close says "no more", not "that was all": only the count knows.
            raise EOFError(f"cut short: {came} of {length} bytes came")
        yield "body", data
        came += len(data)


def chunks(stream):
    while True:
        # A chunk: its length in hexadecimal, CR LF, the bytes, CR LF.
        line = yield from short(stream)
        size = re.match(rb"([0-9a-fA-F]{1,15})[ \t]*[;\r\n]", line)
        if not size:
            raise ValueError(f"not the length of a chunk: {line[:40]}")
        length = int(size[1], 16)
        if length == 0:
            break
        yield from counted(stream, length)
        if (yield from short(stream)).strip():
            raise ValueError("a chunk is longer than it said")
    while (yield from short(stream)).strip():
        pass  # headers may follow; an empty line is the end


def short(stream):
    """Yields a line that is part of the framing, and returns it."""
    line = stream.readline(4096)
    yield "framing", line
    if not line.endswith(b"\n"):
        raise EOFError("cut short: the end of the chunks is missing")
    return line


def split(url):
    """Takes a URL apart: whom to call, and what to ask for. Only what can stand
    in a request passes: a space would end the path, and CR LF begin a line of
    the request, written by whoever made the URL. What follows # stays here."""
    parts = re.fullmatch(
        r"""http://([\w.-]+|\[[\da-f:.]+\])(?::(\d{0,5}))?([/?][!"$-~]*)?(?:\#[!-~]*)?""",
        url, re.ASCII | re.IGNORECASE)
    if not parts:
        raise ValueError("is not http://HOST[:PORT][/PATH][?QUERY], in plain ASCII")
    host, port, path = parts[1], int(parts[2] or 80), parts[3] or ""
    if host[0] == "[":
        ipaddress.IPv6Address(host[1:-1])
    host.encode("idna")
    if not 1 <= port <= 65535:
        raise ValueError("no such port")
    return host, port, path if path.startswith("/") else "/" + path


if __name__ == "__main__":
    main()

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
        sys.exit(f"http-get: {asked.url.split('#')[0]}: {getattr(error, 'strerror', None) or error}")


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
    # the kernel's SIGPIPE must end us, quietly, as it does cat. Python ignores
    # the signal by default, so that a broken connection doesn't end a program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    # A receive knows nothing of lines: it may bring half of one, or fifty. The
    # file that makefile puts before recv keeps what is left for the next read.
    # NOTE: so a line of the head is shown when all of it is there.
    with conn.makefile("rb") as stream:
        try:
            for part, data in answer(stream):
                if part == "end of head" and only == "head":
                    return  # the body may have no end
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
HEAD = 1 << 20  # how many of all heads together


def answer(stream):
    """Yields the pieces of one answer as they come, each with the name of its
    part: head, body and framing. A fault in a head is reported at its end, so
    that a person who asked for the head sees all of it."""
    room = HEAD
    while True:
        line = stream.readline(room)
        if not line:
            raise EOFError("closed without an answer")
        if line[:5] != b"HTTP/"[:len(line)]:
            yield "framing", line
            raise ValueError(f"not HTTP: the answer begins with {line[:40]}")
        yield "head", line
        status = re.fullmatch(rb"HTTP/1\.(\d) +(\d{3})( [^\r]*)?\r?\n", line)
        fields, room = yield from headers(stream, "head", room - len(line))
        if not status:
            raise ValueError(f"not the status line of HTTP/1.1: {line[:40]} (RFC 9112, section 4)")
        code = int(status[2])
        # Interim answers (100 Continue) say that the real one is yet to come.
        if not 100 <= code < 200 or code == 101:
            break

    # Three ways to say where a body ends: "chunked" cuts it into counted pieces,
    # the last one empty; Content-Length counts its bytes; without either, it
    # ends when the server closes (RFC 9112, section 6.3).
    codings = parts(fields, b"transfer-encoding")
    if code in (101, 204, 304):
        return  # these have no body
    if codings:
        if len(codings) > 1 and set(codings) == {b"chunked"}:
            raise ValueError("chunked more than once (RFC 9112, section 6.1)")
        if codings == [b"chunked"] and any(name == b"content-length" for name, _ in fields):
            # Who believes the length reads another answer than we would.
            raise ValueError("both Transfer-Encoding and Content-Length (RFC 9112, section 6.3)")
        yield "end of head", b""
        if codings != [b"chunked"]:
            raise ValueError(f"Transfer-Encoding {codings} is more than chunked (RFC 9112, section 7.4)")
        yield from chunks(stream)
    elif any(name == b"content-length" for name, _ in fields):
        lengths = parts(fields, b"content-length")
        if not all(re.fullmatch(rb"[0-9]+", length) for length in lengths):
            raise ValueError("Content-Length is not digits (RFC 9110, section 8.6)")
        numbers = {number(length.lstrip(b"0") or b"0", 10) for length in lengths}
        if len(numbers) != 1:
            raise ValueError("Content-Length is not one number (RFC 9112, section 6.3)")
        yield "end of head", b""
        yield from counted(stream, numbers.pop())
    else:
        yield "end of head", b""
        while data := stream.read1(SOME):
            yield "body", data


def headers(stream, part, room):
    """Yields header lines up to an empty one, and returns a list of names
    and values, and the number of bytes for which there is still room."""
    fields, wrong = [], None
    while True:
        line = stream.readline(room)
        yield part, line
        room -= len(line)
        if not line.endswith(b"\n"):
            raise wrong or (ValueError("no empty line within a mebibyte") if room <= 0 else
                            EOFError("cut short: no empty line"))
        text = line[:-1].removesuffix(b"\r")
        # A CR that is no part of a line end makes a line bad, an empty one too.
        if b"\r" in text:
            wrong = wrong or ValueError(f"a CR too many in {line[:40]} (RFC 9112, section 2.2)")
        if not text.strip(b"\r"):
            break
        field = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)", text)
        folded = fields and re.fullmatch(rb"[ \t][^\x00-\x08\x0a-\x1f\x7f]*", text)
        if field:
            fields.append((field[1].lower(), field[2]))
        elif folded:  # it goes on with the line before (RFC 9112, section 5.2)
            fields[-1] = (fields[-1][0], fields[-1][1] + b" " + text)
        else:
            wrong = wrong or ValueError(f"not a header: {line[:40]} (RFC 9112, section 5)")
    if wrong:
        raise wrong
    return fields, room


def parts(fields, name):
    """The parts of all headers called name, which together are one list."""
    values = b",".join(value for called, value in fields if called == name)
    return [part.strip(b" \t").lower() for part in values.split(b",") if part.strip(b" \t")]


def number(digits, base):
    if (n := int(digits[:30], base)) >= 1 << 63:
        raise ValueError(f"{digits[:30]} is more than we can count")
    return n


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
        # A chunk: its length in hexadecimal, CR LF, the bytes, CR LF. What comes
        # behind a semicolon is an extension, and we know none.
        line = stream.readline(SOME)
        yield "framing", line
        size = re.fullmatch(rb"0*([0-9a-fA-F]+)[ \t]*(;[^\r]*)?\r\n", line)
        if not size:
            raise short(line) or ValueError(f"not the length of a chunk: {line[:40]} (RFC 9112, section 7.1)")
        length = number(size[1], 16)
        if length == 0:
            break
        yield from counted(stream, length)
        for want in b"\r\n":
            end = stream.read(1)
            yield "framing", end
            if end != bytes([want]):
                raise short(end) if not end else ValueError("a chunk's length was wrong (RFC 9112, section 7.1)")
    yield from headers(stream, "framing", HEAD)  # trailers; an empty line is the end


def short(line):
    """The error for a line that is cut short by the end of the stream."""
    if not line.endswith(b"\n") and len(line) < SOME:
        return EOFError("cut short: the end of the chunks is missing")


def split(url):
    """Takes a URL apart: whom to call, and what to ask for. Only what can stand
    in a request passes: a space would end the path, and CR LF begin a line of
    the request, written by the author of the URL. What follows # is not sent."""
    parts = re.fullmatch(
        r"""http://([\w.-]+|\[[\da-f:.]+\])(?::(\d{0,5}))?([/?][!"$-~]*)?(?:\#.*)?""",
        url, re.ASCII | re.IGNORECASE | re.DOTALL)
    if not parts:
        raise ValueError("is not http://HOST[:PORT][/PATH][?QUERY], in plain ASCII")
    host, port, path = parts[1], int(parts[2] or 80), parts[3] or ""
    if host[0] == "[":
        ipaddress.IPv6Address(host[1:-1])
    elif re.search(r"(?:^|\.)(?:\d+|0x[\da-f]*)\.?$", host, re.ASCII | re.IGNORECASE):
        try:  # an IPv4 address, perhaps a short one: 127.1
            host = socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
        except OSError:
            raise ValueError("ends with a number, as an IPv4 address does, and is none") from None
    host.encode("idna")
    if not 1 <= port <= 65535:
        raise ValueError("no such port")
    return host, port, path if path.startswith("/") else "/" + path


if __name__ == "__main__":
    main()

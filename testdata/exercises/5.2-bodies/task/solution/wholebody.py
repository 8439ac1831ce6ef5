"""wholebody URL: prints the body of a page, and says which end it had."""
import socket
import sys


def main():
    site, _, path = sys.argv[1].removeprefix("http://").partition("/")
    host, port = site.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        conn.sendall(f"GET /{path} HTTP/1.1\r\nHost: {site}\r\n\r\n".encode())
        # The file receives as often as it must, and keeps what is left.
        answer = conn.makefile("rb")
        try:
            read_line(answer)  # the status
            headers = {}
            while line := read_line(answer):
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            print(copy_body(answer, headers))
        except (EOFError, ConnectionResetError):
            print("cut off")
            sys.exit(1)


def copy_body(answer, headers):
    """Prints the body, and returns which end it had."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int(read_line(answer).partition(b";")[0], 16):
            copy(answer, size)
            read_line(answer)  # the line end behind the chunk
        while read_line(answer):
            pass  # a header of the trailer
        return "chunked"
    if "content-length" in headers:
        copy(answer, int(headers["content-length"]))
        return "counted"
    while piece := answer.read1():
        show(piece)
    return "until the close"


def copy(answer, size):
    """Prints the next size bytes."""
    came = answer.read(size)  # fewer only if the stream has ended
    show(came)
    if len(came) < size:
        raise EOFError


def read_line(answer):
    """One line, without its CR LF."""
    line = answer.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    return line[:-2]


def show(piece):
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


main()

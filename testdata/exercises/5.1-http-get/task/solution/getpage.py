"""getpage URL: gets a page over a plain socket, and prints status and body."""
import socket
import sys


def main():
    site, _, path = sys.argv[1].removeprefix("http://").partition("/")
    host, port = site.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as conn:
        request = f"GET /{path} HTTP/1.1\r\nHost: {site}\r\nConnection: close\r\n\r\n"
        conn.sendall(request.encode())
        # The file receives as often as it must, and keeps what is left.
        answer = conn.makefile("rb")
        print(read_line(answer).decode(), flush=True)
        length = None
        while header := read_line(answer):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = answer.read(length)  # without a length: until the end
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
        if length is not None and len(body) < length:
            cut_off()


def read_line(answer):
    """One line of the head, without its CR LF."""
    line = answer.readline()
    if not line.endswith(b"\r\n"):
        cut_off()
    return line[:-2]


def cut_off():
    print("cut off")
    sys.exit(1)


main()

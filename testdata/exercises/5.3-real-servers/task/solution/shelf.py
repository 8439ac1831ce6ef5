"""shelf FOLDER ADDR: serves the files under FOLDER over HTTP, by hand."""
import os
import socket
import sys
import urllib.parse


def main():
    folder, addr = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    with socket.create_server((host, int(port))) as door:
        print(f"listening on {addr}", flush=True)
        while True:
            caller, _ = door.accept()
            with caller:
                try:
                    serve(caller, folder)
                except ConnectionError as err:
                    print(err, flush=True)  # this caller has gone: to the next


def serve(caller, folder):
    """Answers one request."""
    head = []
    for line in caller.makefile("rb"):
        if line == b"\r\n":
            break
        head.append(line)
    else:
        return  # the caller left before the empty line
    words = b"".join(head[:1]).decode("latin-1").split()
    if len(words) != 3 or words[0] != "GET":
        return answer(caller, "400 Bad Request", b"not a GET\n")
    path, _, _ = words[1].partition("?")
    page = find(folder, urllib.parse.unquote(path))
    if page is None:
        return answer(caller, "404 Not Found", b"no such page\n")
    answer(caller, "200 OK", page)


def find(folder, path):
    """The bytes of the file at path, or None if there is none under folder."""
    root = os.path.realpath(folder)
    try:
        # Where it really is, without dots and links: only that can be compared.
        file = os.path.realpath(root + "/" + path)
        if os.path.commonpath([root, file]) != root:
            return None
        with open(file, "rb") as opened:
            return opened.read()
    except (OSError, ValueError):  # not there, or no name of a file
        return None


def answer(caller, status, body):
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    caller.sendall(head.encode() + body)


main()

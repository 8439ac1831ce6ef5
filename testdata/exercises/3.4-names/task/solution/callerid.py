"""callerid ADDR: tells callers who they are, and calls them back."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with socket.create_server((host, int(port))) as listener:
        print("listening on", name(listener.getsockname()), flush=True)
        while True:
            conn, caller = listener.accept()
            try:
                serve(conn, caller)
            except OSError:
                pass  # gone, or nobody answers


def serve(conn, caller):
    with conn, conn.makefile() as lines:
        called = conn.getsockname()
        print(name(caller), "called", name(called), flush=True)
        conn.sendall(f"you are {name(caller)}\n".encode())
        port = lines.readline()
    if port:
        there, here = (caller[0], int(port)), (called[0], 0)
        with socket.create_connection(there, source_address=here) as back:
            print("called back", name(back.getpeername()), flush=True)
            back.sendall(f"this is {name(back.getsockname())}\n".encode())


def name(address):
    host, port = address
    return f"{host}:{port}"


main()

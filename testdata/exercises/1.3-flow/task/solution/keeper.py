"""keeper ADDR: the calls of a server, each with the kernel's answer."""
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    answer("socket", door.fileno())
    try:
        door.bind((host, int(port)))
    except OSError as e:
        answer("bind", f"-1 {e.strerror}")
        close(door)
        sys.exit(1)
    answer("bind", 0)
    door.listen()
    answer("listen", 0)
    while True:
        caller, (host, port) = door.accept()  # a second socket
        answer("accept", f"{caller.fileno()}, {host}:{port}")
        serve(caller)
        close(caller)  # its number is free again


def serve(caller):
    while True:
        try:
            piece = caller.recv(1024)
        except OSError as e:
            answer("recv", f"-1 {e.strerror}")
            return
        answer("recv", f'{len(piece)} "{piece.decode()}"')
        if not piece:
            return  # the caller has ended
        answer("send", caller.send(piece))


def close(conn):
    conn.close()
    answer("close", 0)


def answer(call, value):
    print(call, "=", value, flush=True)


main()

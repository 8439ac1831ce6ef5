"""wishes ADDR NAME=VALUE...: a server that says what became of its options."""
import errno
import socket
import sys

OPTIONS = {
    "rcvbuf": (socket.SOL_SOCKET, socket.SO_RCVBUF),
    "nodelay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
}


def main():
    addr, *args = sys.argv[1:]
    wishes = [arg.split("=") for arg in args]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for name, value in wishes:
            listener.setsockopt(*OPTIONS[name], int(value))
            print(f"{name}: asked {value}, got {listener.getsockopt(*OPTIONS[name])}", flush=True)
        listen(listener, addr)
        print("listening on", addr, flush=True)
        while True:
            conn, _ = listener.accept()
            with conn:  # it has inherited the listener's options
                for name, _ in wishes:
                    conn.sendall(f"{name} {conn.getsockopt(*OPTIONS[name])}\n".encode())


def listen(listener, addr):
    host, port = addr.rsplit(":", 1)
    try:
        listener.bind((host, int(port)))
        listener.listen()
    except OSError as e:
        if e.errno != errno.EADDRINUSE:
            raise
        print(addr, "is taken", flush=True)
        sys.exit(1)


main()

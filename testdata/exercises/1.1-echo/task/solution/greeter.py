"""greeter ADDR: greets one caller by name."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen()
    print(f"listening on {host}:{port}", flush=True)
    caller, _ = listener.accept()
    with caller:
        name = caller.recv(1024)
        print(name.decode(), flush=True)
        caller.sendall(b"hello " + name)

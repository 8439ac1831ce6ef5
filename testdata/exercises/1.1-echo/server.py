# section: Your turn
# what: the server, in Python
# program: echo-server
# passes: yes
import socket
import sys

host, port = sys.argv[-1].split(":")
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen()
    print(f"listening on {host}:{port}", flush=True)
    conn, _ = listener.accept()
    with conn:
        name = conn.recv(1024)
        print(name.decode(), flush=True)
        conn.sendall(b"hello " + name)

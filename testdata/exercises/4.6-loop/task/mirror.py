"""mirror ADDR: sends back what each caller says. One thread."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
door = socket.create_server((host, int(port)))
print("listening", flush=True)
while True:
    # While we wait for one caller, who serves the others? See select.epoll.
    conn, _ = door.accept()
    with conn:
        conn.sendall(conn.recv(1024))

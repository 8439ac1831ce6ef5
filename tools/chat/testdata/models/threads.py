"""room ADDR: what one caller says, the others hear. A thread for each caller.

NOTE: it waits for who doesn't read.
"""
import socket
import sys
import threading

callers = []
lock = threading.Lock()


def listen(conn):
    while said := conn.recv(4096):
        with lock:
            for other in callers:
                if other is not conn:
                    other.sendall(said)
    with lock:
        callers.remove(conn)
    conn.close()


host, port = sys.argv[1].rsplit(":", 1)
door = socket.create_server((host, int(port)), backlog=4096)
while True:
    conn, _ = door.accept()
    with lock:
        callers.append(conn)
    threading.Thread(target=listen, args=(conn,), daemon=True).start()

"""roster ADDR: prints who comes, and who is gone."""
import socket
import sys
import threading


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    # create_server is socket, setsockopt with SO_REUSEADDR, bind and listen.
    with socket.create_server((host, int(port))) as listener:
        say(f"listening on {host}:{port}")
        while True:
            conn, (host, port) = listener.accept()
            ask_when_silent(conn)
            threading.Thread(target=attend, args=(conn, f"{host}:{port}")).start()


def ask_when_silent(conn):
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)  # second, then the kernel asks
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)  # second until it asks again
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)  # questions in vain, and it gives up
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def attend(conn, who):
    say(f"{who} came")
    with conn:
        try:
            while conn.recv(1024):
                pass
            say(f"{who} left")
        except ConnectionResetError:
            say(f"{who} reset")
        except OSError:
            say(f"{who} lost")


def say(line):
    print(line + "\n", end="", flush=True)  # in one piece: many threads print


main()

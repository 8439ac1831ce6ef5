"""traces N ADDR WORD: calls ADDR so that trace N is what travels."""
import socket
import sys


def main():
    trace, addr, word = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    try:
        conn = socket.create_connection((host, int(port)))
    except OSError as e:
        sys.exit(str(e))
    word = word.encode()
    if trace == "1":
        conn.sendall(word)
        conn.recv(1024)
    elif trace == "2":
        conn.sendall(word)
        conn.shutdown(socket.SHUT_WR)  # a FIN; the other direction stays open
        until_the_end(conn)
    elif trace == "3":
        until_the_end(conn)
        conn.sendall(word)
    elif trace == "4":
        conn.sendall(word)  # then a FIN, and nobody to read what comes
    elif trace == "5":
        conn.recv(1)  # what is left unread makes close() a reset
    conn.close()


def until_the_end(conn):
    while conn.recv(1024):
        pass


main()

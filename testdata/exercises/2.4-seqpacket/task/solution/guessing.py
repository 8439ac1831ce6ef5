"""guessing PATH NUMBER: lets its callers guess the number."""
import socket
import sys

ROOM = 4  # one more than a guess has: what fills it is too long


def main():
    path, number = sys.argv[1], int(sys.argv[2])
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()
        print("listening on", path, flush=True)
        while True:
            conn, _ = listener.accept()
            with conn:
                play(conn, number)


def play(conn, number):
    messages = 0
    try:
        while guess := conn.recv(ROOM):
            messages += 1
            word = answer(guess, number)
            conn.send(word.encode())
            if word == "right":
                print("found after", messages, flush=True)
                return
    except ConnectionError:
        pass  # the caller has gone, and an answer was not read
    print("gone after", messages, flush=True)


def answer(guess, number):
    if not guess.isdigit() or len(guess) == ROOM:
        return "no guess"
    if int(guess) < number:
        return "higher"
    if int(guess) > number:
        return "lower"
    return "right"


main()

"""again ADDR ORDER: orders once, however often it has to ask."""
import random
import socket
import sys
import time


def main():
    addr, order = sys.argv[1:]
    question = f"{random.getrandbits(63)} {order}\n".encode()  # one order, one number
    end = time.monotonic() + 6  # for all tries and waits together
    most = 0.1
    while True:
        answer = ask(addr, question, min(2, end - time.monotonic()))
        if answer.endswith("\n"):
            print(answer, end="")
            return
        pause = random.uniform(0, most)
        if time.monotonic() + pause >= end:
            print("nobody knows")
            sys.exit(1)
        time.sleep(pause)
        most = min(2 * most, 1)
        print("again", flush=True)


def ask(addr, question, patience):
    host, port = addr.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), max(patience, 0.001)) as conn:
            conn.sendall(question)
            with conn.makefile() as lines:
                return lines.readline()
    except OSError:
        return ""  # done or not: who asks can't know


main()

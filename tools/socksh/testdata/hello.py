# This program makes the calls that a socket shell made, and prints the answers.
# Ports that the kernel chooses may be others, and so may be what has arrived
# when a call looks. Python has its own words for a timeout, and for bytes that
# are no ASCII.
import socket


def answer(*values):
    print("=", ", ".join(str(v) for v in values), flush=True)


# s = socket AF_INET SOCK_STREAM
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
answer(s.fileno())

# send s "hello strings."
answer(s.send(b"hello strings."))

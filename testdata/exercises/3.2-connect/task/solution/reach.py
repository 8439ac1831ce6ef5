"""reach SECONDS ADDR...: calls every ADDR, and says what came of it."""
import errno
import os
import select
import socket
import sys
import time

WORDS = {
    0: "connected",
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.ETIMEDOUT: "silent",
}


def main():
    deadline = time.monotonic() + float(sys.argv[1])
    undecided = {}  # sockets and addresses, by descriptor
    poll = select.poll()
    errors = []
    for addr in sys.argv[2:]:
        s, error = call(addr)
        if error == errno.EINPROGRESS:
            undecided[s.fileno()] = s, addr
            poll.register(s, select.POLLOUT)
        else:
            errors.append(say(addr, error))
    while undecided:
        left = max(deadline - time.monotonic(), 0)
        decided = poll.poll(left * 1000)
        for fd, _ in decided:
            poll.unregister(fd)
            s, addr = undecided.pop(fd)
            errors.append(say(addr, s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
            s.close()
        if not decided:
            errors += [say(addr, errno.ETIMEDOUT) for _, addr in undecided.values()]
            break
    sys.exit(1 if any(errors) else 0)


def call(addr):
    """Begins to call, and waits for nothing."""
    host, port = addr.rsplit(":", 1)
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setblocking(False)
    return s, s.connect_ex((host, int(port)))


def say(addr, error):
    print(addr, WORDS.get(error) or os.strerror(error), flush=True)
    return error


main()

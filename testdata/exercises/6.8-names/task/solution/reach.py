"""reach NAME PORT: calls the addresses of a name, and doesn't wait for the slow ones."""
import selectors
import socket
import sys


def main():
    name, port = sys.argv[1:]
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except socket.gaierror as err:
        sys.exit(said("no name server" if err.errno == socket.EAI_AGAIN else "no such name"))
    conn = first(found)
    if conn is None:
        sys.exit(said("nobody answers"))
    while more := conn.recv(1024):
        print(more.decode(), end="", flush=True)


def first(found):
    calls = selectors.DefaultSelector()  # those that have no answer yet
    while found or calls.get_map():
        if found:
            family, kind, protocol, _, addr = found.pop(0)
            said("call " + addr[0])
            call = socket.socket(family, kind, protocol)
            call.setblocking(False)
            call.connect_ex(addr)  # EINPROGRESS, or what SO_ERROR says below
            calls.register(call, selectors.EVENT_WRITE, addr[0])
        # None is no limit: with nobody left to call, each call has its kernel's time.
        for key, _ in calls.select(0.25 if found else None):
            calls.unregister(key.fileobj)
            if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                said("connected " + key.data)
                for other in list(calls.get_map().values()):
                    other.fileobj.close()
                key.fileobj.setblocking(True)
                return key.fileobj
            key.fileobj.close()
    return None


def said(text):
    print(text, flush=True)
    return 1


main()

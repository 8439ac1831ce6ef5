"""visitors ADDR [BARRED...]: tells each caller the address that it calls from."""
import ipaddress
import socket
import sys


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    barred = [address(arg) for arg in sys.argv[2:]]
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host.strip("[]"), int(port)))
        listener.listen()
        print(f"listening on {host}:{listener.getsockname()[1]}", flush=True)
        while True:
            conn, caller = listener.accept()
            with conn:
                conn.sendall((greet(address(caller[0]), barred) + "\n").encode())


def address(text):
    """The address that a text means; of IPv4, if it is mapped."""
    a = ipaddress.ip_address(text)
    return a.version == 6 and a.ipv4_mapped or a


def greet(caller, barred):
    if caller in barred:
        return "not you"
    line = f"IPv{caller.version} {caller}"
    print(line, flush=True)
    return line


main()

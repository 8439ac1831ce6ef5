"""visitors ADDR [BARRED...]: tells each caller the address that it calls from."""
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as listener:
    listener.bind((host.strip("[]"), int(port)))  # For which families?
    listener.listen()
    print("listening on", sys.argv[1], flush=True)  # At which port, if that says 0?
    conn, caller = listener.accept()
    # Whose address is it: of IPv6, or of IPv4? Is it barred? Who calls next?
    print(caller[0], flush=True)

"""doorman ADDR PATH...: hands each caller to a worker."""
import socket
import sys


def main():
    addr, *paths = sys.argv[1:]
    workers = [call(path) for path in paths]
    host, port = addr.rsplit(":", 1)
    with socket.create_server((host, int(port))) as door:
        print("listening on", addr, flush=True)
        while workers:
            conn, _ = door.accept()
            with conn:  # closes ours, whoever has it then
                hand_over(conn, workers)
    print("nobody works here", flush=True)
    sys.exit(1)


def call(path):
    worker = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    worker.connect(path)
    return worker


def hand_over(conn, workers):
    """Hands conn to the first worker who is there, and puts them last."""
    while workers:
        worker = workers.pop(0)
        try:
            socket.send_fds(worker, [b"c"], [conn.fileno()])
        except OSError:  # gone
            worker.close()
            continue
        workers.append(worker)
        return


main()

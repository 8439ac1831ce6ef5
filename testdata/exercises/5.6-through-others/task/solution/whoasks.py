"""whoasks ADDR PROXY...: answers each request with the address of who asked."""
import http.server
import ipaddress
import sys

host, port = sys.argv[1].rsplit(":", 1)
proxies = sys.argv[2:]


def who_asked(address, entries):
    """Goes back from the caller, as long as those are proxies that we know:
    each has written the address before its own, and each tells the truth."""
    while address in proxies:
        try:
            address = str(ipaddress.ip_address(entries.pop().strip()))
        except (IndexError, ValueError):
            return "unknown"
    return address


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        caller = self.client_address[0]  # from the kernel: true
        lines = self.headers.get_all("X-Forwarded-For", [])
        text = who_asked(caller, ",".join(lines).split(",")) + "\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


with http.server.ThreadingHTTPServer((host, int(port)), Answer) as server:
    print(f"listening on {host}:{port}", flush=True)
    server.serve_forever()

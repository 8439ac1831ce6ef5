"""whoasks ADDR PROXY...: answers each request with the address of who asked."""
import http.server
import sys

host, port = sys.argv[1].rsplit(":", 1)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        # Who wrote this line? sys.argv[2:] are the proxies, self.client_address[0]
        # is the caller, and self.headers.get_all has all lines of a name.
        text = self.headers.get("X-Forwarded-For", "") + "\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


with http.server.ThreadingHTTPServer((host, int(port)), Answer) as server:
    print(f"listening on {host}:{port}", flush=True)
    server.serve_forever()

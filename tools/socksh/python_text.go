//go:build unix

package socksh

// pyHead begins a program.
const pyHead = `# This program makes the calls that a socket shell made, and prints the answers.
# Ports that the kernel chooses may be others, and so may be what has arrived
# when a call looks. Python has its own words for a timeout, and for bytes that
# are no ASCII.
`

// pyHelpers are what a program needs, each when something after it contains
// its name.
var pyHelpers = []struct{ name, code string }{
	{"poll(", `
def poll(events, seconds, *sockets):
    polled = select.poll()
    for s in sockets:
        polled.register(s, events)
    found = polled.poll(None if seconds is None else seconds * 1000)
    names = ["POLLERR", "POLLHUP", "POLLIN", "POLLNVAL", "POLLOUT", "POLLPRI"]
    answer(len(found), *[
        f"{fd} " + "|".join(name for name in names if events & getattr(select, name))
        for fd, events in found])
`},
	{"files[", `
files = {}  # what makefile puts over sockets
`},
	{"answer(send_fds(", `
def send_fds(s, data, sockets):
    numbers = [x if isinstance(x, int) else x.fileno() for x in sockets]
    return socket.send_fds(s, [data], numbers)
`},
	{"got(", `
def got(data):
    quoted = repr(data[:200])[2:-1].replace('"', '\\"')
    more = f" and {len(data) - 200} bytes more" if len(data) > 200 else ""
    return f'{len(data)} "{quoted}"{more}'
`},
	{"where(", `
def where(address):
    if isinstance(address, tuple):
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(address, bytes):  # a name in the abstract namespace
        return "@" + address[1:].decode()
    return "no address" if address is None else address or "no name"
`},
	{"timeout(", `
def timeout(s):
    seconds = s.gettimeout()
    return "none" if seconds is None else f"{seconds:g}"
`},
	{"number(", `
def number(n):
    return f"{n} {names[n]} ({os.strerror(n).lower()})" if n else "0"
`},
	{"failure(", `
def failure(e):
    number = getattr(e, "errno", None)
    if number in names:
        e = f"{names[number]} {number} ({os.strerror(number).lower()})"
    print("= -1", e, flush=True)
`},
	{"names[", `
names = errno.errorcode | {errno.EOPNOTSUPP: "EOPNOTSUPP"}  # it has two
`},
	{"answer(", `
def answer(*values):
    print("=", ", ".join(str(v) for v in values), flush=True)
`},
}

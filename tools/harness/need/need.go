// Package need checks that the machine has what a test or a script needs, and says
// how to get what is missing. All skips use its words, so each need has one name.
//
// A thing is named by one word:
//
//	privnet    a private network: namespaces of the kernel, without root
//	tcp6       IPv6 on loopback
//	ipv6       a private network, and a kernel with IPv6
//	rawsocket  raw sockets (CAP_NET_RAW), for root or on a private network
//	netem      a kernel that can delay and lose packets
//	firewall   a private network, and a kernel with nftables
//	resolver   a private network, and a resolv.conf of the script's own
//	files=N    a limit of N or more open files for a process (getrlimit(2))
//	tmpdir=N   a TMPDIR whose path has N bytes at most: the address of a unix
//	           socket has room for 107 (unix(7))
//	notroot    a user other than root: some servers refuse to run as root
//	linux      Linux: its errors, sizes and tables
//	strace     strace(1), and the permission to trace
//	/PATH      that file
//	PROGRAM    any other program, from the package of Debian that has it
//	PROGRAM:PACKAGE
//	           a program whose package has another name
package need

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Lack is a thing that the machine lacks.
type Lack struct {
	Thing   string // as the caller asked for it
	Name    string // its name, such as "a private network"
	How     string // how to get it: what to type, or what prevents it
	Package string // the Debian package to install for it, or ""
}

// special are the things that are neither a file nor just an installed program. check
// returns how to get the thing, or "" if the machine has it.
var special = map[string]struct {
	name  string
	check func() string
}{
	"privnet":   {"a private network", private},
	"tcp6":      {"IPv6 on loopback", tcp6},
	"ipv6":      {"a network with IPv6", ipv6},
	"rawsocket": {"raw sockets", raw},
	"netem":     {"a network that can lose packets", netem},
	"firewall":  {"a network with firewalls", firewall},
	"resolver":  {"a name server of its own", resolver},
	"notroot":   {"a user other than root", notRoot},
	"linux":     {"Linux", linux},
}

func notRoot() string {
	if os.Getuid() == 0 {
		return "runuser -u nobody, for example"
	}
	return ""
}

// elsewhere are Debian packages whose name differs from the program's.
var elsewhere = map[string]string{
	"awk":     "mawk",
	"cc":      "gcc libc6-dev",
	"go":      "golang-go",
	"nc":      "netcat-openbsd",
	"node":    "nodejs",
	"setpriv": "util-linux",
	"setsid":  "util-linux",
	"ss":      "iproute2",
	"unshare": "util-linux",
}

// Lacks returns the things that the machine lacks, in the given order.
func Lacks(things ...string) (lacks []Lack) {
	for i, thing := range things {
		if slices.Contains(things[:i], thing) {
			continue
		}
		l := look(thing)
		if l == nil || slices.ContainsFunc(lacks, func(other Lack) bool { return other.Name == l.Name }) {
			continue
		}
		l.Thing = thing
		lacks = append(lacks, *l)
	}
	return lacks
}

// Name is the name of a thing, in words.
func Name(thing string) string {
	if s, ok := special[thing]; ok {
		return s.name
	}
	if n, ok := strings.CutPrefix(thing, "files="); ok {
		return n + " open files"
	}
	if strings.HasPrefix(thing, "tmpdir=") {
		return "a short TMPDIR"
	}
	program, _, _ := strings.Cut(thing, ":")
	return program
}

// Has reports whether the machine has a thing.
func Has(thing string) bool { return look(thing) == nil }

// Missing is the reason to skip a test or script that needs these things, as in
//
//	needs a private network: sudo sysctl -w user.max_user_namespaces=10000; needs nc, node: apt-get install netcat-openbsd nodejs
//
// or "" where the machine has them all.
func Missing(things ...string) string {
	var reasons, programs, packages []string
	for _, l := range Lacks(things...) {
		if l.Package == "" {
			reasons = append(reasons, "needs "+l.Name+": "+l.How)
			continue
		}
		programs = append(programs, l.Name)
		packages = append(packages, l.Package)
	}
	if len(programs) > 0 {
		reasons = append(reasons, "needs "+strings.Join(programs, ", ")+": "+Install(packages...))
	}
	return strings.Join(reasons, "; ")
}

// Install is the command that installs Debian packages.
func Install(packages ...string) string { return "apt-get install " + strings.Join(packages, " ") }

// Skip skips a test (t is a *testing.T) if one of the things is missing.
func Skip(t interface {
	Helper()
	Skip(...any)
}, things ...string) {
	t.Helper()
	if reason := Missing(things...); reason != "" {
		t.Skip(reason)
	}
}

// inside are things that only a private network can have.
var inside = []string{"netem", "firewall", "resolver", "ipv6"}

// look returns a thing's name and how to get it; nil if the machine has it.
func look(thing string) *Lack {
	if slices.Contains(inside, thing) && private() != "" {
		thing = "privnet"
	}
	if s, ok := special[thing]; ok {
		if how := s.check(); how != "" {
			return &Lack{Name: Name(thing), How: how}
		}
		return nil
	}
	if n, ok := strings.CutPrefix(thing, "files="); ok {
		return files(n)
	}
	if n, ok := strings.CutPrefix(thing, "tmpdir="); ok {
		if most, err := strconv.Atoi(n); err != nil || len(os.TempDir()) > most {
			return &Lack{Name: Name(thing), How: "TMPDIR=/tmp go test"}
		}
		return nil
	}
	if strings.HasPrefix(thing, "/") {
		if _, err := os.Stat(thing); err != nil {
			return &Lack{Name: thing, How: "this system has none"}
		}
		return nil
	}
	program, pkg, found := strings.Cut(thing, ":")
	if !found {
		pkg = elsewhere[program]
	}
	if pkg == "" {
		pkg = program
	}
	if path(program) == "" {
		return &Lack{Name: program, How: Install(pkg), Package: pkg}
	}
	if program == "strace" {
		if how := mayTrace(); how != "" {
			return &Lack{Name: "strace that may trace", How: how}
		}
	}
	return nil
}

// path finds a program; "" if there is none. For nginx it also searches the sbin
// folders, which may be in root's PATH only.
func path(program string) string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	if program == "nginx" {
		dirs = append(dirs, "/usr/sbin", "/usr/local/sbin")
	}
	for _, dir := range dirs {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path
		}
	}
	return ""
}

// files checks the limit of open files. Programs raise their soft limit themselves,
// but can't raise the hard limit.
func files(n string) *Lack {
	want, err := strconv.ParseUint(n, 10, 32)
	if may := openFiles(); err != nil || may < want {
		return &Lack{Name: Name("files=" + n), How: fmt.Sprintf("may have %d: ulimit -Hn %s, where you may, or LimitNOFILE= of systemd", may, n)}
	}
	return nil
}

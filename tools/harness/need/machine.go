package need

import (
	"cmp"
	"context"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"socklab/tools/harness/netns"
	"socklab/tools/harness/syscalls"
)

// private says what prevents private networks here, as far as that can be seen.
func private() string {
	setting := func(name string) string {
		value, _ := os.ReadFile("/proc/sys/" + name)
		return strings.TrimSpace(string(value))
	}
	_, docker := os.Stat("/.dockerenv")
	_, podman := os.Stat("/run/.containerenv")
	switch {
	case netns.Available():
		return ""
	case runtime.GOOS != "linux":
		return "only Linux has them (WSL is a Linux)"
	case netns.Shared():
		return "leave -network=host out"
	case setting("user/max_user_namespaces") == "0":
		return "sudo sysctl -w user.max_user_namespaces=10000"
	case setting("kernel/unprivileged_userns_clone") == "0":
		return "sudo sysctl -w kernel.unprivileged_userns_clone=1"
	case setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
	case docker == nil || podman == nil:
		return "start the container with --security-opt seccomp=unconfined"
	case netns.Refusal() != nil:
		return netns.Refusal().Error()
	}
	return "the package's TestMain asks for none"
}

func tcp6() string {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
		return ""
	}
	if _, err := os.Stat("/proc/sys/net/ipv6"); runtime.GOOS == "linux" && err == nil {
		return "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0"
	}
	return "the system has none (a kernel started with ipv6.disable=1)"
}

func ipv6() string {
	if netns.HasIPv6() {
		return ""
	}
	return "the kernel has none (it was started with ipv6.disable=1)"
}

func raw() string {
	if rawSockets() {
		return ""
	}
	return "be root or have a private network"
}

func netem() string {
	if !netns.HasNetem() {
		return "sudo modprobe sch_netem"
	}
	return ""
}

func firewall() string {
	if !netns.HasFirewall() {
		return "sudo modprobe -a nf_tables nft_chain_nat nft_masq nft_reject_ipv4 nf_conntrack"
	}
	return ""
}

func resolver() string {
	if netns.HasResolve() {
		return ""
	}
	if !netns.Apart() {
		return "processes can't be kept apart here (a container may allow it with --security-opt systempaths=unconfined)"
	}
	return "this system has no /etc/resolv.conf that can be replaced"
}

func linux() string {
	if runtime.GOOS == "linux" {
		return ""
	}
	return "here is " + runtime.GOOS + "; a container or WSL has one"
}

// mayTrace tries strace as scripts use it, and says why it fails, or "". A
// container, a security module or an unmapped user may be the reason.
var mayTrace = sync.OnceValue(func() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path("strace"), syscalls.Arguments("/dev/null", "sh", "-c", ":")...).CombinedOutput()
	if err == nil {
		return ""
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return "it says " + strings.TrimPrefix(cmp.Or(said, err.Error()), "strace: ") + ": docker run --cap-add SYS_PTRACE, or sudo sysctl -w kernel.yama.ptrace_scope=1"
})

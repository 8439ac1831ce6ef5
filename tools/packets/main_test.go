//go:build linux

package packets

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"socklab/tools/harness/need"
	"socklab/tools/harness/supervise"
)

// TestMain lets the test binary be the program too, which starts itself again.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "packets" {
		Main()
	}
	os.Exit(supervise.M{Tests: m}.Run())
}

// chosen are ports that the kernel chose.
var chosen = regexp.MustCompile(`:(3[2-9]|[45]\d|60)\d{3}\b`)

// packetsCommand is the program packets.
func packetsCommand(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	need.Skip(t, "privnet")
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "packets"
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	return cmd
}

// TestCommand checks that a command's packets go to stderr, its output to stdout,
// and its exit code to our caller, and that no process is left behind: a survivor
// would keep the pipe of stdout open.
func TestCommand(t *testing.T) {
	t.Parallel()
	need.Skip(t, "bash") // for its /dev/udp
	file := filepath.Join(t.TempDir(), "pcap")
	cmd := packetsCommand(t, "-pcap", file, "--", "bash", "-c",
		`sleep 1000 & echo "$@"; printf "%0600d" 7 >/dev/udp/127.0.0.1/9; exit 7`, "bash", "one", "two")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("ended with %v, want exit code 7", err)
	}
	if out.String() != "one two\n" {
		t.Errorf("stdout has %q", out.String())
	}
	want := `127.0.0.1:C -> 127.0.0.1:9  UDP 600 bytes  "` + strings.Repeat("0", 64) + `" and 536 more
127.0.0.1 -> 127.0.0.1  ICMP port unreachable for UDP 127.0.0.1:C -> 127.0.0.1:9
`
	if got := chosen.ReplaceAllString(errs.String(), ":C"); got != want {
		t.Errorf("stderr has\n%swant\n%s", got, want)
	}

	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pcap, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := pcap.ReadPacketData()
	if err != nil {
		t.Fatal(err)
	}
	udp, ok := gopacket.NewPacket(data, pcap.LinkType(), gopacket.Default).Layer(layers.LayerTypeUDP).(*layers.UDP)
	if !ok || len(udp.Payload) != 600 {
		t.Errorf("the file has not all of the datagram: %v", udp)
	}
}

// TestSignalled checks that a signal reaches the command, and how the command's
// end by a signal is reported.
func TestSignalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script string
		want   int
	}{{`trap "exit 5" TERM`, 5}, {``, 128 + int(syscall.SIGTERM)}} {
		cmd := packetsCommand(t, "--", "sh", "-c", c.script+"\necho ready; read x; read x")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		io.ReadFull(out, make([]byte, len("ready\n")))
		cmd.Process.Signal(syscall.SIGTERM)
		io.Copy(io.Discard, out)
		in.Close()
		cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != c.want {
			t.Errorf("%q: exit code %d, want %d", c.script, got, c.want)
		}
	}
}

// TestUsage checks what is refused.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--"}, 2, "usage: packets"},
		{[]string{"ls"}, 2, "usage: packets"},
		{[]string{"-i", "lo", "--", "ls"}, 2, "usage: packets"},
		{[]string{"-i", "nowhere"}, 1, `no interface "nowhere": there are `},
		{[]string{"--", "no-such-program"}, 127, "no-such-program: executable file not found"},
		{[]string{"--", "/"}, 126, "/: "},
		{[]string{"-pcap", "/no/such/file", "--", "true"}, 1, "/no/such/file"},
	} {
		cmd := packetsCommand(t, c.args...)
		said, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(said), c.says) {
			t.Errorf("packets %q: exit code %d, want %d; it said %swant %s", c.args, cmd.ProcessState.ExitCode(), c.code, said, c.says)
		}
	}
}

// TestNotAllowed checks the message to a person without rights over the network.
func TestNotAllowed(t *testing.T) {
	t.Parallel()
	cmd := packetsCommand(t, "-i", "lo")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	said, _ := cmd.CombinedOutput()
	want := "packets: capture on lo: socket AF_PACKET: operation not permitted\n" +
		"packets: hint: on a network of its own a command needs no root: packets -- COMMAND\n"
	if string(said) != want || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d, said\n%swant\n%s", cmd.ProcessState.ExitCode(), said, want)
	}
}

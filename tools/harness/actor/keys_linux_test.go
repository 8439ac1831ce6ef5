package actor

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/all"
	"socklab/tools/harness/pty"
)

// TestKeyboard presses random keys at terminals in random modes, and checks that
// each terminal echoes what was predicted.
func TestKeyboard(t *testing.T) {
	keys := []string{"a", "b", " ", "_", "-", "é", "世", "\t", "\x01", "\x1b", "\x08", "\x7f", "\x7f", "\x7f", "\x15", "\x17", "\x17", "\x12", "\x16", "\x0f", "\r", "\n", "\x04", "\xe4"}
	for seed := range uint64(all.Times(3000, 1000)) {
		chance := rand.New(rand.NewPCG(seed, 2))
		master, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		mode, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
		if err != nil {
			t.Fatal(err)
		}
		mode.Iflag |= uint32(chance.IntN(2)) * unix.IUTF8
		for _, flag := range []uint32{unix.ECHOCTL, unix.ECHOE, unix.ECHOK, unix.ECHOKE, unix.IEXTEN, unix.ICANON} {
			if chance.IntN(6) == 0 {
				mode.Lflag &^= flag
			}
		}
		for _, flag := range []uint32{unix.ICRNL, unix.INLCR, unix.IGNCR} {
			if chance.IntN(6) == 0 {
				mode.Iflag ^= flag
			}
		}
		if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, mode); err != nil {
			t.Fatal(err)
		}
		var pressed, want string
		var k keyboard
		for range 1 + chance.IntN(25) {
			for _, c := range []byte(keys[chance.IntN(len(keys))]) {
				pressed += string([]byte{c})
				want += k.press(mode, c)
			}
		}
		pressed += "!!"
		want += k.press(mode, '!') + k.press(mode, '!')
		master.WriteString(pressed)
		re := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(latin1(want), tabErased, "\b{1,8}") + `\z`)
		came := make(chan []byte)
		go func() {
			defer close(came)
			for buf := make([]byte, 1000); ; {
				n, err := master.Read(buf)
				if err != nil {
					return
				}
				came <- slices.Clone(buf[:n])
			}
		}()
		var got []byte
		late := time.After(5 * time.Second)
		for !re.MatchString(latin1plain(got)) {
			select {
			case b := <-came:
				got = append(got, b...)
			case <-late:
				t.Fatalf("round %d: %q, Iflag %o, Lflag %o:\ngot  %q\nwant %q", seed, pressed, mode.Iflag, mode.Lflag, got, want)
			}
		}
		tty.Close() // which ends the reader
		for range came {
		}
		master.Close()
	}
}

// latin1plain makes one character of each byte, so that a pattern can match any
// bytes.
func latin1plain(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// latin1 is a pattern for those characters.
func latin1(text string) string { return regexp.QuoteMeta(latin1plain([]byte(text))) }

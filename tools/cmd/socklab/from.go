package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"socklab/tools/cli"
	"socklab/tools/harness/pcap"
)

const fromUsage = `usage: socklab from [FLAG...] CAPTURE [-- COMMAND [ARG...]]

Makes a script of a captured TCP conversation. An actor stands in the place of
the server and says what that said, once it has heard what that had heard. So a
bug report becomes a test, without the server. CAPTURE is what tcpdump and
Wireshark write, pcap or pcapng. COMMAND is the client to test; in its words the
server's address becomes $ADDR.

  -side client     the actor stands in the client's place, and COMMAND is the
                   server
  -conversation N  of several conversations, this one; without it they are
                   listed
  -exit CODE       COMMAND ends by itself, with this exit code: 0 is the default
                   for a client. A server is killed at the end, unless this is
                   said
  -o FILE          the script; CAPTURE's name with the ending .txtar is the
                   default

What differs from run to run, as dates and names of hosts, is in the script as
it was captured: change that by hand. TCP doesn't keep the ends of writes, so
neither does the play: two sends may arrive as one.

Exit codes: 0 written, 1 no script can be made of it, 2 wrong arguments, or one
of several conversations must be chosen.
`

// from is socklab from.
func from(args []string) int {
	words, command := args, []string(nil)
	if at := slices.Index(args, "--"); at >= 0 {
		if words, command = args[:at], args[at+1:]; len(command) == 0 {
			return misused("from", fromUsage, "want a command behind --")
		}
	}
	flags := flag.NewFlagSet("from", flag.ContinueOnError)
	side := flags.String("side", "server", "")
	chosen := 0
	flags.Func("conversation", "", positive(&chosen))
	exit := ""
	flags.Func("exit", "", func(s string) error {
		if code, err := strconv.ParseUint(s, 10, 8); err != nil || s != strconv.FormatUint(code, 10) {
			return errors.New("want an exit code, from 0 to 255")
		}
		exit = s
		return nil
	})
	out := flags.String("o", "", "")
	files, code, ok := parse("from", fromUsage, flags, words)
	switch {
	case !ok:
		return code
	case len(files) != 1:
		return misused("from", fromUsage, "want one capture, got %d: %.200q; a command stands behind --", len(files), files)
	case *side != "server" && *side != "client":
		return misused("from", fromUsage, "-side %.100q: want server or client", *side)
	case *out != "" && filepath.Ext(*out) != ".txtar":
		return misused("from", fromUsage, "-o %.100q: a script's name ends in .txtar", *out)
	}
	capture := files[0]
	in, err := os.Open(capture)
	if err != nil {
		return unmade(1, err)
	}
	defer in.Close()
	all, note, err := pcap.Read(in)
	if note != "" {
		unmade(0, fmt.Errorf("%s: note: %s", capture, note))
	}
	if err != nil {
		return unmade(1, fmt.Errorf("%s: %w", capture, err))
	}
	if chosen > len(all) {
		return unmade(2, fmt.Errorf("-conversation %d: %s has %d", chosen, capture, len(all)))
	}
	if chosen == 0 {
		if chosen = only(all); chosen == 0 {
			if code := say(listed(all)); code != 0 {
				return code
			}
			return unmade(2, fmt.Errorf("%s has %d conversations: choose one with -conversation N", capture, len(all)))
		}
	}
	if *side == "server" {
		exit = cmp.Or(exit, "0")
	}
	text, notes, err := all[chosen-1].Script(pcap.Part{Server: *side == "server", Name: filepath.Base(capture), Command: command, Exit: exit})
	if err != nil {
		return unmade(1, fmt.Errorf("%s: conversation %d: %w", capture, chosen, err))
	}
	for _, note := range notes {
		unmade(0, fmt.Errorf("%s: note: %s", capture, note))
	}
	name := cmp.Or(*out, strings.TrimSuffix(filepath.Base(capture), filepath.Ext(capture))+".txtar")
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return unmade(1, fmt.Errorf("%s is there already, and stays: -o FILE names another", name))
	}
	if err == nil {
		_, err = file.WriteString(text)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return unmade(1, err)
	}
	if command != nil {
		fmt.Fprintf(os.Stderr, "socklab from: next: socklab play -update %s\n", cli.Visible(name))
	}
	return say(cli.Visible(name) + "\n")
}

// unmade says why there is no script, or what is to be known about it.
func unmade(code int, err error) int {
	fmt.Fprintln(os.Stderr, "socklab from:", cli.Visible(err.Error()))
	return code
}

// only is the number of the conversation in which somebody spoke, if there is one only.
func only(all []*pcap.Conversation) int {
	speaks := 0
	for i, c := range all {
		if c.Carries() {
			if speaks > 0 {
				return 0
			}
			speaks = i + 1
		}
	}
	if speaks == 0 && len(all) == 1 {
		return 1
	}
	return speaks
}

// mostListed is how many conversations are listed.
const mostListed = 200

func listed(all []*pcap.Conversation) string {
	var b strings.Builder
	for i, c := range all[:min(len(all), mostListed)] {
		fmt.Fprintf(&b, "%4d  %s  %s\n", i+1, c.Began.UTC().Format("15:04:05.000"), c)
		for _, why := range c.Broken {
			fmt.Fprintf(&b, "      not usable: %s\n", why)
		}
	}
	if more := len(all) - mostListed; more > 0 {
		fmt.Fprintf(&b, "      and %d more\n", more)
	}
	return b.String()
}

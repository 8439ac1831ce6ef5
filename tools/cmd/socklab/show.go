package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socklab/tools/harness/recording"
	"socklab/tools/harness/recording/export"
	"socklab/tools/harness/viewer"
)

const showUsage = `usage: socklab show RECORDING [-o FILE]... [-beside RECORDING]

A recording in a form that others open. The ending of FILE says which:

  .html    a page: any browser opens it, and it fetches nothing
  .cast    the terminals, for asciinema play: NAME-ACTOR.cast for each
           (asciicast v3)
  .pcapng  the packets, for Wireshark, with the actors' names as comments

  -o FILE            may be given several times; without it RECORDING with the
                     ending .html
  -beside RECORDING  another run of the same script, beside the first; on the
                     page only

The name of each file that was written is printed.

Exit codes: 0 written, 1 could not be written, 2 wrong arguments.
`

// show is socklab show.
func show(args []string) int {
	flags := flag.NewFlagSet("show", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var out []string
	flags.Func("o", "", func(s string) error { out = append(out, s); return nil })
	beside := flags.String("beside", "", "")
	var files []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return say(showUsage)
		} else if err != nil {
			return misshown("%v", err)
		}
		if flags.NArg() == 0 {
			break
		}
		files, args = append(files, flags.Arg(0)), flags.Args()[1:]
	}
	if len(files) != 1 {
		return misshown("want one recording, got %d: %.200q", len(files), files)
	}
	if len(out) == 0 {
		out = []string{strings.TrimSuffix(files[0], ".jsonl") + ".html"}
	}
	for _, name := range out {
		if forms[filepath.Ext(name)] == nil {
			return misshown("-o %.200q: want a name that ends in .html, .cast or .pcapng", name)
		}
	}
	if *beside != "" && !slices.ContainsFunc(out, func(name string) bool { return filepath.Ext(name) == ".html" }) {
		return misshown("-beside %.200q: only a page shows two recordings, and no -o ends in .html", *beside)
	}
	if err := showFile(files[0], *beside, out); err != nil {
		fmt.Fprintln(os.Stderr, "socklab show:", err)
		return 1
	}
	return 0
}

func misshown(format string, args ...any) int {
	fmt.Fprintf(os.Stderr, "socklab show: "+format+"\n%s", append(args, showUsage)...)
	return 2
}

// forms are the functions that write a recording, by the ending of the file. beside
// is nil unless there is a second recording.
var forms = map[string]func(name string, film, beside *recording.File) error{
	".html": func(name string, film, beside *recording.File) error {
		return written(name, func(w io.Writer) error {
			return viewer.Write(w, film, viewer.Options{Beside: beside})
		})
	},
	".pcapng": func(name string, film, _ *recording.File) error {
		return written(name, func(w io.Writer) error { return export.Pcapng(w, film) })
	},
	".cast": casts,
}

func showFile(file, beside string, out []string) error {
	film, err := readRecording("show", file)
	if err != nil {
		return err
	}
	var second *recording.File
	if beside != "" {
		if second, err = readRecording("show", beside); err != nil {
			return err
		}
	}
	for _, name := range out {
		if err := forms[filepath.Ext(name)](name, film, second); err != nil {
			return err
		}
	}
	return nil
}

// mostCasts is how many terminals are written, each in a file of its own.
const mostCasts = 100

// nameless are what a file's name has no place for. A recording may come from
// somebody who means ill.
var nameless = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// casts writes each terminal to a file: for room.cast, room-alice.cast and so on.
func casts(name string, film, _ *recording.File) error {
	actors := export.Terminals(film)
	if len(actors) == 0 {
		return fmt.Errorf("write %s: the recording has no terminal", name)
	}
	if len(actors) > mostCasts {
		return fmt.Errorf("write %s: the recording has %d terminals, expected %d at most", name, len(actors), mostCasts)
	}
	for i, actor := range actors {
		safe := nameless.ReplaceAllString(actor, "_")
		if safe != actor {
			safe = fmt.Sprintf("%.20s-%d", safe, i+1)
		}
		file := strings.TrimSuffix(name, ".cast") + "-" + safe + ".cast"
		if err := written(file, func(w io.Writer) error { return export.Asciicast(w, film, actor) }); err != nil {
			return err
		}
	}
	return nil
}

// written writes a file and prints its name. A file that exists stays as it is if
// there is nothing to write.
func written(name string, fill func(io.Writer) error) error {
	var content bytes.Buffer
	if err := fill(&content); err != nil {
		return err
	}
	if err := os.WriteFile(name, content.Bytes(), 0o666); err != nil {
		return err
	}
	_, err := fmt.Println(name)
	return err
}

func readRecording(verb, file string) (*recording.File, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	film, err := recording.Read(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, note := range film.Notes {
		fmt.Fprintf(os.Stderr, "socklab %s: %s: %s\n", verb, file, note)
	}
	return film, nil
}

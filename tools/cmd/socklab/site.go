package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"socklab/tools/course/path"
	"socklab/tools/course/place"
	"socklab/tools/course/site"
)

const siteUsage = `usage: socklab site -o DIR [-still] [-parallel N] [-timeout DURATION]
       socklab site -one FILE.html

The whole course as pages for a browser: static files, which ask for nothing and
open from anywhere. Begin with index.html. Each lesson's script is played once,
and what a page quotes has a button that plays the recording. A page says so
where that could not be done.

  -o DIR             the folder for the pages; it is made if need be
  -still             without replays: nothing is played
  -parallel N        so many scripts at once; twice the number of processors is
                     the default
  -timeout DURATION  for one script; 1m is the default
  -one FILE.html     all lessons in one file, to send or to print, without
                     replays

Exit codes: 0 written, 1 could not be written or a script failed, 2 wrong
arguments.
`

// A siteMaker is what socklab site was asked for.
type siteMaker struct {
	s        setting
	pages    *site.Site
	dir, one string
	parallel int
	timeout  time.Duration // for one script
}

// makeSite is socklab site.
func makeSite(args []string) int {
	var m siteMaker
	flags := flag.NewFlagSet("site", flag.ContinueOnError)
	flags.StringVar(&m.dir, "o", "", "")
	flags.StringVar(&m.one, "one", "", "")
	still := flags.Bool("still", false, "")
	flags.Func("parallel", "", positive(&m.parallel))
	m.timeout = time.Minute
	flags.Func("timeout", "", lasting(&m.timeout))
	words, code, ok := parse("site", siteUsage, flags, args)
	if !ok {
		return code
	}
	switch {
	case len(words) > 0:
		return misused("site", siteUsage, "takes no word without a flag, got %.200q", words)
	case m.dir == "" && m.one == "":
		return misused("site", siteUsage, "where to? -o DIR or -one FILE.html")
	case m.one != "" && filepath.Ext(m.one) != ".html":
		return misused("site", siteUsage, "-one %.200q: want a name that ends in .html", m.one)
	}
	if m.s, ok = here("socklab site"); !ok {
		return 1
	}
	var err error
	if m.pages, err = m.s.site(); err != nil {
		fmt.Fprintln(os.Stderr, "socklab site:", err)
		return 1
	}
	if m.dir == "" || *still {
		return m.write()
	}
	return m.play()
}

// write writes the pages, and says where they are.
func (m siteMaker) write() int {
	var err error
	if m.dir != "" {
		err = writeSite(m.pages, m.dir)
	}
	if err == nil && m.one != "" {
		var text []byte
		if text, err = m.pages.One(); err == nil {
			err = os.WriteFile(m.one, text, 0o666)
		}
		if err == nil {
			fmt.Println(m.one)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab site:", err)
		return 1
	}
	return 0
}

// site is the course here as a site.
func (s setting) site() (*site.Site, error) {
	course, err := path.Read(s.Files)
	if err != nil {
		return nil, err
	}
	pages := &site.Site{Files: s.Files, Path: course}
	if !s.Checkout {
		pages.Typed = place.Typed
	}
	return pages, nil
}

// writeSite writes all files of a site, and says how far it is.
func writeSite(pages *site.Site, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	began, done, told := time.Now(), 0, newTally("pages")
	err := pages.Each(func(f site.File) error {
		done++
		told.say(done, 0, f.Name)
		return os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o666)
	})
	told.end()
	if err == nil {
		fmt.Printf("%s: %d files, %.1f s\n", visible(filepath.Join(dir, "index.html")), done, time.Since(began).Seconds())
	}
	return err
}

// A tally says on a terminal how far something is, in a line that it writes again and
// again.
type tally struct {
	what  string
	shown bool
}

func newTally(what string) *tally { return &tally{what: what} }

func (t *tally) say(done, of int, now string) {
	if !term.IsTerminal(int(os.Stderr.Fd())) || os.Getenv("TERM") == "dumb" {
		return
	}
	count := fmt.Sprint(done)
	if of > 0 {
		count = fmt.Sprintf("%d of %d", done, of)
	}
	fmt.Fprintf(os.Stderr, "\r\x1b[K%s %s: %.40s", count, t.what, visible(now))
	t.shown = true
}

func (t *tally) end() {
	if t.shown {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}

// Package viewer makes a recording into a page: one HTML file with the recording
// inside, which fetches nothing and opens from anywhere.
//
// On it are the terminals as they stood at a moment, the sequence diagram, and
// the script with its results, all on one time axis. The folder page holds the
// page's own files: ES modules and CSS as a browser takes them. Of these,
// player.js is the player alone, with player.css: play(element, recording) puts
// one into any page.
package viewer

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"socklab/tools/harness/drawn"
	"socklab/tools/harness/recording"
)

//go:embed page
var files embed.FS

// modules are the page's, each behind those that it imports.
var modules = []string{"text.js", "model.js", "terminal.js", "diagram.js", "script.js", "axis.js", "table.js", "verdict.js", "player.js", "page.js"}

// Options are what a page can have besides a recording.
type Options struct {
	// Beside is another run of the script, to be shown beside the first.
	Beside *recording.File
}

// data is the JSON inside the page.
type data struct {
	Recordings []shown `json:"recordings"`
}

type shown struct {
	Header  recording.Header        `json:"header"`
	Events  []recording.Event       `json:"events"`
	Notes   []string                `json:"notes,omitempty"`
	Screens map[string]drawn.Screen `json:"screens,omitempty"`
}

// Write writes the page of a recording.
func Write(w io.Writer, f *recording.File, o Options) error {
	show := func(f *recording.File) shown {
		return shown{Header: f.Header, Events: withoutFrames(f.Events), Notes: f.Notes, Screens: drawn.Screens(f.Events)}
	}
	d := data{Recordings: []shown{show(f)}}
	if o.Beside != nil {
		d.Recordings = append(d.Recordings, show(o.Beside))
	}
	// Marshal writes <, > and & as escapes: the text can't end its element.
	inside, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("page of %s: %w", f.Header.Script, err)
	}
	script, style := bundle(), read("page.css")+read("player.css")
	title := f.Header.Script
	if title == "" {
		title = "a recording"
	}
	second := ""
	if o.Beside != nil {
		second = `<aside id="second"></aside>`
	}
	// (html/template, for a page whose one text from elsewhere is its title, would
	// make every test binary larger.)
	_, err = strings.NewReplacer(
		"{{title}}", html.EscapeString(title+" · socklab"), "{{second}}", second,
		"{{style}}", style, "{{style hash}}", hash(style),
		"{{script}}", script, "{{script hash}}", hash(script),
		"{{data}}", string(inside),
	).WriteString(w, read("page.html"))
	return err
}

var joins = regexp.MustCompile(`(?m)^import .*\n|^export `)

// bundle is the modules as one: a page that is opened from a file may import no
// others.
func bundle() string {
	var b strings.Builder
	for _, name := range modules {
		b.WriteString("\n// " + name + "\n" + joins.ReplaceAllString(read(name), ""))
	}
	return b.String()
}

// Page has the page's own files, for a page of another kind that has a player.
func Page() fs.FS {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // it is embedded
	}
	return page
}

func read(name string) string {
	text, err := files.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// hash is what a content security policy calls a text that may run.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// withoutFrames leaves out what the page doesn't show.
func withoutFrames(events []recording.Event) []recording.Event {
	without := make([]recording.Event, len(events))
	for i, e := range events {
		e.Frame = nil
		without[i] = e
	}
	return without
}

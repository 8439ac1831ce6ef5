package site_test

import (
	"bytes"
	"html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"socklab/tools/course/path"
	"socklab/tools/course/site"
)

var root = os.DirFS("../../..")

// files are all of the site's, made once.
var files = sync.OnceValues(func() (map[string][]byte, error) {
	lessons, err := path.Read(root)
	all := map[string][]byte{}
	if err == nil {
		s := &site.Site{Files: root, Path: lessons, Films: map[string]site.Film{
			"1.2-four-depths": {Page: film}, "2.2-unix": {Page: film}, "1.3-flow": {Why: "it needs <privnet>"},
		}}
		err = s.Each(func(f site.File) error { all[f.Name] = f.Text; return nil })
	}
	return all, err
})

const film = "replay-1.2-four-depths.html"

func pages(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := files()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	hrefs = regexp.MustCompile(` href="([^"]*)"`)
	ids   = regexp.MustCompile(` id="([^"]*)"`)
)

// TestLinks follows every link of every page, and weighs the pages.
func TestLinks(t *testing.T) {
	all := pages(t)
	there := map[string]bool{film: true, film + "#play": true}
	for name, text := range all {
		there[name] = true
		found := map[string]bool{}
		for _, id := range ids.FindAllSubmatch(text, -1) {
			if found[string(id[1])] {
				t.Errorf("%s: two elements have the id %s", name, id[1])
			}
			found[string(id[1])], there[name+"#"+html.UnescapeString(string(id[1]))] = true, true
		}
	}
	links := 0
	for name, text := range all {
		if filepath.Ext(name) != ".html" {
			continue
		}
		if len(text) > 200_000 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		for _, href := range hrefs.FindAllSubmatch(text, -1) {
			to := html.UnescapeString(string(href[1]))
			if strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://") || to == "data:," {
				continue
			}
			if strings.HasPrefix(to, "#") {
				to = name + to
			}
			if page, hash, _ := strings.Cut(to, "#"); page == film && hash != "" {
				to = film
			}
			if links++; !there[to] {
				t.Errorf("%s: no %s", name, to)
			}
		}
		for _, tag := range []string{"details", "figure", "pre", "a", "span", "nav", "main"} {
			if open, closed := strings.Count(string(text), "<"+tag+" ")+strings.Count(string(text), "<"+tag+">"), strings.Count(string(text), "</"+tag+">"); open != closed {
				t.Errorf("%s: %d <%s>, %d closed", name, open, tag, closed)
			}
		}
	}
	if links < 1000 {
		t.Errorf("%d links", links)
	}
	for _, want := range []struct{ page, text string }{
		{"1.2-four-depths.html", `<a href="` + film + `#play,packets">▶ Play`},
		{"1.3-flow.html", "could not be played when these pages were made: it needs &lt;privnet&gt;"},
		{"map.html", `<a href="` + film + `#line-`},
		{"1.1-echo.html", `<span class="k">return</span>`},
		{"1.1-echo.html", `<a rel="next" href="1.2-four-depths.html">`},
	} {
		if !bytes.Contains(all[want.page], []byte(want.text)) {
			t.Errorf("%s: no %s", want.page, want.text)
		}
	}
	if text := string(all["search.js"]); strings.Contains(text, "The server has two sockets. One has the address") || !strings.Contains(text, "baihuixin") {
		t.Error("the search shows what a page folds away, or not what it says")
	}
}

// TestOne looks for the lessons in the one file, whose links lead inside.
func TestOne(t *testing.T) {
	lessons, err := path.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	text, err := (&site.Site{Files: root, Path: lessons}).One()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, id := range ids.FindAllSubmatch(text, -1) {
		if there[string(id[1])] {
			t.Errorf("two elements have the id %s", id[1])
		}
		there[string(id[1])] = true
	}
	for _, href := range hrefs.FindAllSubmatch(text, -1) {
		to := html.UnescapeString(string(href[1]))
		if inside, ok := strings.CutPrefix(to, "#"); ok && !there[inside] || !ok && !strings.HasPrefix(to, "http") && to != "data:," {
			t.Errorf("link to %s", to)
		}
	}
	if chapters := bytes.Count(text, []byte("<article ")); chapters < 30 {
		t.Errorf("%d chapters", chapters)
	}
}

// TestHostile makes a site of pages that somebody hostile wrote.
func TestHostile(t *testing.T) {
	const hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\"'"
	files := fstest.MapFS{
		"lessons/README.md":            {Data: []byte("# " + hostile + "\n\n" + hostile + "\n\n## 1 " + hostile + "\n\n- [1.1 " + hostile + "](1.1-a.md): " + hostile + "\n\n## The map\n\n| a | b |\n|---|---|\n| `x` | [1.1](1.1-a.md) `" + hostile + "` |\n")},
		"lessons/1.1-a.md":             {Data: []byte("# 1.1 " + hostile + "\n\n## " + hostile + "\n\n[x](javascript:alert(1)) [y](../../../etc/passwd) " + hostile + "\n\n```" + hostile + "\n" + hostile + "\n```\n\n```go file=" + strings.ReplaceAll(hostile, " ", "") + "\n" + hostile + "\n```\n\n```mermaid from=1.1-a/x\nparticipant a as " + hostile + "\na->>a: " + hostile + "\n```\n\n```console file=1.1-a/\"onclick=alert(1)\n$ x\n```\n")},
		"testdata/scripts/1.1-a.txtar": {Data: []byte("x")},
	}
	lessons, err := path.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	s := &site.Site{Files: files, Path: lessons, Token: hostile, Films: map[string]site.Film{"1.1-a": {Page: hostile}}, Marks: func() map[string]string { return map[string]string{"1.1": hostile} }}
	all := map[string]string{}
	if err := s.Each(func(f site.File) error { all[f.Name] = string(f.Text); return nil }); err != nil {
		t.Fatal(err)
	}
	one, err := s.One()
	if err != nil {
		t.Fatal(err)
	}
	all["one.html"] = strings.Replace(string(one), "<script>", "", 1)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := all[name]
		if filepath.Ext(name) != ".html" {
			continue
		}
		for _, bad := range []string{"<script>", "<img", "\x1b", "javascript:", "passwd\"", `" onclick`, `"onclick`} {
			if at := strings.Index(text, bad); at >= 0 {
				t.Errorf("%s has %q: %.200s", name, bad, text[max(0, at-100):])
			}
		}
	}
	if strings.Contains(all["search.js"], "</script>") {
		t.Error("search.js ends an element")
	}
}

// Package site makes the course into pages for a browser: static files that ask for
// nothing else, from the same Markdown that everybody reads. It is the only package
// that colours code.
package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"socklab/tools/course/path"
	"socklab/tools/course/typeset"
)

//go:embed page
var assets embed.FS

func asset(name string) string {
	text, err := assets.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// A Site is the course as pages.
type Site struct {
	Files fs.FS
	Path  path.Path
	Typed func(name string, page []byte) []byte // a page with the commands as one types them here; nil: as it is
	Films map[string]Film                       // by stem; nil: there are none
	Marks func() map[string]string              // of lessons, by number: done, changed or failed; nil: there are none
	Token string                                // of a site that is served, for what starts something
}

// A Film is the recording of a lesson's script, as a page.
type Film struct {
	Page string // its name in the site, or ""
	Why  string // what prevented it, if there is no page
}

// A File is one of the site's, by its name.
type File struct {
	Name string
	Text []byte
}

// others are pages of the repository that are no lessons.
var others = map[string]string{"README.md": "about", "tools/guests/README.md": "guests", "tools/broken/README.md": "broken"}

const indexPage = "lessons/README.md"

// Each makes the files, and hands over each when it is made.
func (s *Site) Each(give func(File) error) error {
	var found []entry
	for i, l := range s.Path.Lessons() {
		text, entries, err := s.Lesson(i)
		if err == nil {
			err = give(File{l.Stem + ".html", text})
		}
		if err != nil {
			return err
		}
		found = append(found, entries...)
	}
	index, err := s.Index()
	if err == nil {
		err = give(File{"index.html", index})
	}
	if err != nil {
		return err
	}
	mapped, entries, err := s.Map()
	if err == nil {
		err = give(File{"map.html", mapped})
	}
	if err != nil {
		return err
	}
	found = append(found, entries...)
	for _, file := range slices.Sorted(maps.Keys(others)) {
		text, entries, err := s.other(file, others[file])
		if err == nil && text != nil {
			err = give(File{others[file] + ".html", text})
		}
		if err != nil {
			return err
		}
		found = append(found, entries...)
	}
	list, err := json.Marshal(found)
	if err != nil {
		return err
	}
	if err := give(File{"search.js", []byte("window.socklabIndex = " + string(list) + ";\n")}); err != nil {
		return err
	}
	return give(File{"site.js", []byte(asset("site.js"))})
}

// An entry is a section of a page, for the search.
type entry struct {
	Page  string `json:"p"` // with the fragment
	Title string `json:"t"` // of the page
	Head  string `json:"h"`
	Text  string `json:"x"`
}

func entriesOf(file, title string, sections []typeset.Section) (all []entry) {
	for _, section := range sections {
		all = append(all, entry{file + "#" + section.ID, title, section.Title, section.Text})
	}
	return all
}

func (s *Site) read(name string) ([]byte, error) {
	text, err := fs.ReadFile(s.Files, name)
	if err == nil && s.Typed != nil {
		text = s.Typed(name, text)
	}
	return text, err
}

// Lesson is the page of a lesson, by its place in the path.
func (s *Site) Lesson(i int) ([]byte, []entry, error) {
	lessons := s.Path.Lessons()
	l := lessons[i]
	body, sections, err := s.body(l, "")
	if err != nil {
		return nil, nil, err
	}
	var turn strings.Builder
	turn.WriteString(`<nav class="turn" aria-label="Lessons">`)
	if i > 0 {
		fmt.Fprintf(&turn, `<a rel="prev" href="%s.html">← %s</a>`, lessons[i-1].Stem, typeset.Text(lessons[i-1].Name()))
	} else {
		turn.WriteString(`<a href="index.html">← The path</a>`)
	}
	if i+1 < len(lessons) {
		fmt.Fprintf(&turn, `<a rel="next" href="%s.html">%s →</a>`, lessons[i+1].Stem, typeset.Text(lessons[i+1].Name()))
	} else {
		turn.WriteString(`<a href="map.html">The map →</a>`)
	}
	turn.WriteString("</nav>\n")
	before := fmt.Sprintf("<p class=\"part\">%s%s</p>\n", typeset.Text(s.part(l)), s.said(l))
	text := s.page(l.Name(), toc(sections), before+string(body)+turn.String(), l.Stem)
	return text, entriesOf(l.Stem+".html", l.Name(), sections), nil
}

// said is what is known about a lesson's film, if there is none.
func (s *Site) said(l path.Lesson) string {
	if film, ok := s.Films[l.Stem]; ok && film.Page == "" {
		return ` <span class="lacking">Its conversation could not be played when these pages were made: ` + typeset.Text(film.Why) + `</span>`
	}
	return ""
}

func (s *Site) part(l path.Lesson) string {
	for _, part := range s.Path {
		for _, each := range part.Lessons {
			if each == l {
				return part.Number + " " + part.Title
			}
		}
	}
	return ""
}

// body is what stands in a lesson's page. In one file with the others, mark stands
// before its ids.
func (s *Site) body(l path.Lesson, mark string) ([]byte, []typeset.Section, error) {
	source, err := s.read(l.Page())
	if err != nil {
		return nil, nil, err
	}
	link := s.link("lessons/")
	if mark != "" {
		link = inOne(mark)
	}
	body, sections, err := typeset.Web{Link: link, Code: colour, Below: s.below, Mark: mark}.Body(source)
	if err != nil {
		return nil, nil, fmt.Errorf("set the page %s: %w", l.Page(), err)
	}
	return body, sections, nil
}

// picture is a picture of the repository as a data: URI (RFC 2397), which asks for no
// file; "" if it is not there.
func (s *Site) picture(file string) string {
	picture, err := fs.ReadFile(s.Files, file)
	if err != nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)
}

var lessonPage = regexp.MustCompile(`^[1-9][0-9]*\.[1-9][0-9]*-[a-z0-9-]+\.md$`)

// link is where links of a page in a folder of the repository lead in the site.
func (s *Site) link(folder string) func(string) string {
	return func(target string) string {
		name, fragment, has := strings.Cut(target, "#")
		if has {
			fragment = "#" + fragment
		}
		if strings.Contains(target, ":") && !strings.HasPrefix(target, "film:") || name == "" {
			return target
		}
		if stem, ok := strings.CutPrefix(name, "film:"); ok {
			return s.Films[stem].Page + fragment
		}
		at := strings.Split(strings.Trim(folder, "/"), "/")
		if folder == "" {
			at = nil
		}
		for part := range strings.SplitSeq(name, "/") {
			switch {
			case part == ".." && len(at) > 0:
				at = at[:len(at)-1]
			case part != "." && part != "":
				at = append(at, part)
			}
		}
		file := strings.Join(at, "/")
		page := strings.TrimPrefix(file, "lessons/")
		switch {
		case file == indexPage && fragment == "#the-map":
			return "map.html"
		case file == indexPage || file == "lessons":
			return "index.html" + fragment
		case page != file && lessonPage.MatchString(page):
			return strings.TrimSuffix(page, ".md") + ".html" + fragment
		case others[file] != "":
			return others[file] + ".html" + fragment
		case strings.HasSuffix(file, ".png"):
			return s.picture(file)
		}
		return ""
	}
}

// inOne is where links lead in the one file with all lessons.
func inOne(mark string) func(string) string {
	return func(target string) string {
		name, fragment, has := strings.Cut(target, "#")
		switch {
		case strings.Contains(target, ":"):
			return target
		case name == "":
			return "#" + mark + fragment
		case lessonPage.MatchString(name) && has:
			return "#" + strings.TrimSuffix(name, ".md") + "." + fragment
		case lessonPage.MatchString(name):
			return "#" + strings.TrimSuffix(name, ".md")
		case name == "README.md":
			return "#path"
		}
		return ""
	}
}

// depths are those of transcripts, by the ending of their names.
var depths = map[string]string{"stream": "stream", "packets": "packets", "calls": "syscalls"}

// below is the button of a transcript: it plays the conversation that it is from.
func (s *Site) below(language, from string) string {
	stem, member, ok := strings.Cut(from, "/")
	film := s.Films[stem]
	if s.Token != "" && ok && (language == "console" || language == "mermaid") && s.has(stem) {
		return fmt.Sprintf(`<p class="film"><a href="live.html?lesson=%s">▶ Play it now<span class="far">, the conversation of %[1]s</span></a></p>`, typeset.Text(stem))
	}
	if !ok || film.Page == "" || language != "console" && language != "mermaid" {
		return ""
	}
	hash := "#play"
	if depth := depths[member[strings.LastIndex(member, ".")+1:]]; depth != "" {
		hash += "," + depth
	}
	return fmt.Sprintf(`<p class="film"><a href="%s%s">▶ Play<span class="far"> this conversation, %s</span></a></p>`, typeset.Text(film.Page), hash, typeset.Text(stem))
}

func (s *Site) has(stem string) bool {
	_, err := s.Path.Find(stem)
	return err == nil
}

// toc is the table of contents of a page.
func toc(sections []typeset.Section) string {
	var b strings.Builder
	b.WriteString(`<nav class="toc" aria-label="On this page"><ol>`)
	for _, section := range sections {
		if section.Level == 2 {
			fmt.Fprintf(&b, `<li><a href="#%s">%s</a></li>`, typeset.Text(section.ID), typeset.Text(section.Title))
		}
	}
	return b.String() + "</ol></nav>\n"
}

// Index is the page with the path.
func (s *Site) Index() ([]byte, error) {
	source, err := s.read(indexPage)
	if err != nil {
		return nil, err
	}
	intro, _, _ := bytes.Cut(source, []byte("\n## "))
	body, _, err := typeset.Web{Link: s.link("lessons/"), Code: colour}.Body(intro)
	if err != nil {
		return nil, err
	}
	return s.page("The path", "", string(body)+s.list(".html"), ""), nil
}

// list is the path as a list of links. In one file with all lessons, ending is "".
func (s *Site) list(ending string) string {
	var b strings.Builder
	marks := map[string]string{}
	if s.Marks != nil {
		marks = s.Marks()
	}
	for _, part := range s.Path {
		fmt.Fprintf(&b, "<h2 id=\"part-%s\">%[1]s %s</h2>\n<ul class=\"path\">\n", typeset.Text(part.Number), typeset.Text(part.Title))
		for _, l := range part.Lessons {
			to := l.Stem + ending
			if ending == "" {
				to = "#" + l.Stem
			}
			mark := ""
			if is := marks[l.Number]; is != "" {
				mark = fmt.Sprintf(` <span class="mark %s">%[1]s</span>`, typeset.Text(is))
			}
			about := ""
			if l.About != "" {
				about = ": " + typeset.Text(l.About)
			}
			fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a>%s%s</li>\n", typeset.Text(to), typeset.Text(l.Name()), about, mark)
		}
		b.WriteString("</ul>\n")
	}
	return b.String()
}

// Map is the page with the map.
func (s *Site) Map() ([]byte, []entry, error) {
	source, err := s.read(indexPage)
	if err != nil {
		return nil, nil, err
	}
	_, table, ok := strings.Cut(string(source), "\n## The map\n")
	if !ok {
		table = ""
	}
	table = strings.Replace(table, "\n| | ", "\n| call | ", 1) // a column has a name
	body, sections, err := typeset.Web{Link: s.link("lessons/"), Code: colour}.Body([]byte("# The map\n" + s.filmed(table)))
	if err != nil {
		return nil, nil, err
	}
	return s.page("The map", "", string(body), "map"), entriesOf("map.html", "The map", sections), nil
}

var (
	cellLesson = regexp.MustCompile(`\]\(([^)]+)\.md\)`)
	cellSends  = regexp.MustCompile("`([^`]+)`")
)

// filmed is the map's table with a link from each cell to the moment of its line.
func (s *Site) filmed(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| `") {
			b.WriteString(line)
			continue
		}
		cells := strings.Split(line, " | ")
		for i, cell := range cells {
			lesson, sends := cellLesson.FindStringSubmatch(cell), cellSends.FindAllStringSubmatch(cell, -1)
			if lesson == nil || sends == nil || s.Films[lesson[1]].Page == "" {
				continue
			}
			script, err := fs.ReadFile(s.Files, "testdata/scripts/"+lesson[1]+".txtar")
			if err != nil {
				continue
			}
			asks, answers := sends[0][1], sends[min(1, len(sends)-1)][1]
			asked := 0
			for n, command := range strings.Split(string(script), "\n") {
				if asked == 0 && strings.TrimSpace(command) == asks {
					asked = n + 1
				}
				if asked > 0 && strings.TrimSpace(command) == answers {
					button := fmt.Sprintf(" [▶ line %d](film:%s#line-%d)", asked, lesson[1], n+1)
					whole, last := strings.CutSuffix(strings.TrimRight(cell, "\n"), " |")
					cells[i] = whole + button
					if last {
						cells[i] += " |\n"
					}
					break
				}
			}
		}
		b.WriteString(strings.Join(cells, " | "))
	}
	return b.String()
}

// other is a page that is no lesson; nil if it isn't here.
func (s *Site) other(file, name string) ([]byte, []entry, error) {
	source, err := s.read(file)
	if err != nil {
		return nil, nil, nil // a folder of init has no README of the repository
	}
	folder := strings.TrimSuffix(file, "README.md")
	body, sections, err := typeset.Web{Link: s.link(folder), Code: colour}.Body(source)
	if err != nil || len(sections) == 0 {
		return nil, nil, err
	}
	title := sections[0].Title
	return s.page(title, toc(sections), string(body), name), entriesOf(name+".html", title, sections), nil
}

// page is a whole page.
func (s *Site) page(title, toc, body, name string) []byte {
	style, here := typeset.Style()+asset("site.css"), func(page string) string {
		if page == name {
			return ` aria-current="page"`
		}
		return ""
	}
	if title != "The path" {
		title += " · socklab"
	}
	served := ""
	if s.Token != "" {
		served = ` data-token="` + typeset.Text(s.Token) + `" data-lesson="` + typeset.Text(name) + `"`
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en"%s>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; style-src '%s'; frame-src 'self' file:; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>%s</title>
<style>%s</style>
<script src="site.js" defer></script>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header class="top">
<nav aria-label="Course"><a href="index.html"%s>The path</a> <a href="map.html"%s>The map</a></nav>
<search hidden><label for="search">Search</label> <input id="search" type="search" autocomplete="off" placeholder="press /"></search>
</header>
<section id="found" aria-label="Found" hidden></section>
<div class="page">
%s<main id="text" tabindex="-1">
%s</main>
</div>
</body>
</html>
`, served, hash(style), typeset.Text(title), style, here(""), here("map"), toc, body)
	return b.Bytes()
}

// One is all lessons in one file, a chapter each.
func (s *Site) One() ([]byte, error) {
	alone := *s
	alone.Films, alone.Token = nil, ""
	var b bytes.Buffer
	style, script := typeset.Style()+asset("site.css"), asset("site.js")
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>socklab</title>
<style>%s</style>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<div class="page">
<main id="text" tabindex="-1">
<h1 id="path">The path</h1>
%s`, hash(script), hash(style), style, alone.list(""))
	for _, l := range s.Path.Lessons() {
		body, _, err := alone.body(l, l.Stem+".")
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "<article id=\"%s\" aria-label=\"%s\">\n<p class=\"part\">%s</p>\n%s</article>\n", l.Stem, typeset.Text(l.Name()), typeset.Text(s.part(l)), body)
	}
	fmt.Fprintf(&b, "</main>\n</div>\n<script>%s</script>\n</body>\n</html>\n", script)
	return b.Bytes(), nil
}

// StyleHash is what a content security policy calls the style sheet of the pages.
func StyleHash() string { return hash(typeset.Style() + asset("site.css")) }

// hash is what a content security policy calls a text that may be used.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

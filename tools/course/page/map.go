package page

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"

	language "socklab/tools/harness/script"
)

// syllabus lists the families and types of sockets, and their functions. It comes
// from the tutorial that the course grew from. The map has a row for each.
var syllabus = []string{
	"AF_UNIX", "AF_INET", "AF_INET6",
	"SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET",
	"bind", "listen", "accept",
	"connect", "connect_ex",
	"recv", "send", "sendall", "recvfrom", "sendto", "close",
	"getpeername", "getsockname", "setsockopt", "getsockopt",
	"settimeout", "gettimeout", "fileno", "setblocking", "makefile",
}

// CheckMap returns what is wrong with the map, the table in lessons/README.md. Each
// row is `NAME` of the syllabus, a cell for the program of the reader's that uses it, a
// cell for its ordinary answer and a cell for its failure. The first links the first
// lesson whose task has NAME in its solution, in Python. The others link a lesson and
// quote two lines of its script: a line that sends a call of NAME to an actor (failing
// says which), and the next that expects something of that actor.
func CheckMap(root fs.FS) []Problem {
	c := &checker{root: root}
	p := c.readPage(indexFile)
	if p == nil {
		return c.sorted()
	}
	found := map[string]bool{}
	each(p.doc, tables.KindTableRow, func(row ast.Node) {
		var cells []ast.Node
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, cell)
		}
		name := p.plain(cells[0])
		switch {
		case !slices.Contains(syllabus, name):
			c.add(p.file, p.line(row), "map: %.40q is nothing of the syllabus", name)
		case found[name]:
			c.add(p.file, p.line(row), "map: %s has a row already", name)
		case len(cells) != 4:
			c.add(p.file, p.line(row), "map: %s has %d cells: a row has its name, the lesson that has it written, its answer and its failure", name, len(cells))
		default:
			if want, got := c.written(name), p.plain(cells[1]); got != want {
				c.add(p.file, p.line(row), "map: %s is written by the reader in %q, and the row says %q", name, want, got)
			}
			c.evidence(p, name, cells[2], name)
			c.evidence(p, name, cells[3], failing(name))
		}
		found[name] = true
	})
	for _, name := range syllabus {
		if !found[name] {
			c.add(p.file, 0, "map: %s has no row: add one that names the lesson and the lines that prove it", name)
		}
	}
	return c.sorted()
}

// nowhere stands in the map where no task has its reader write something.
const nowhere = "–"

// written is the number of the first lesson whose task has its reader write name.
func (c *checker) written(name string) string {
	word := `\b` + name + `\(`
	if strings.ToUpper(name) == name {
		word = `\b` + name + `\b`
	}
	uses := regexp.MustCompile(word)
	for _, stem := range Stems(c.root) { // 3.9 before 3.10
		solutions, _ := fs.Glob(c.root, "testdata/exercises/"+stem+"/task/solution/*.py")
		for _, file := range solutions {
			text, err := c.read(file)
			if err == nil && uses.Match(text) {
				return number(stem)
			}
		}
	}
	return nowhere
}

// failing is the call that must fail to show a failure of name. A type fails in a
// call on a socket of it. A timeout or non-blocking mode fails in a call that would
// wait. What a file takes away is missing in another call: then any call counts, "".
func failing(name string) string {
	switch name {
	case "settimeout", "setblocking", "makefile":
		return ""
	}
	if strings.ToUpper(name) == name {
		return ""
	}
	return name
}

// evidence reports a cell unless its script makes the call, and expects the answer,
// in the lines that the cell quotes.
func (c *checker) evidence(p *page, name string, cell ast.Node, call string) {
	bad := func(format string, args ...any) {
		c.add(p.file, p.line(cell), "map: %s: %s", name, fmt.Sprintf(format, args...))
	}
	var spans []string
	each(cell, ast.KindCodeSpan, func(n ast.Node) { spans = append(spans, p.plain(n)) })
	links, _ := p.linksBelow(cell)
	if len(links) != 1 || len(spans) != 2 {
		bad("a cell links its lesson and quotes two lines: `send ACTOR ...` and `expect ACTOR ...`")
		return
	}
	stem, ok := lessonStem(links[0].target)
	if !ok || !c.exists(scriptFile(stem)) {
		bad("%s is no lesson with a script", links[0].dest)
		return
	}
	s, err := c.openScript(stem)
	if err != nil {
		bad("%v", err)
		return
	}
	sent, _ := language.Split(spans[0])
	if len(sent) < 3 || sent[0] != "send" || call != "" && !holds(strings.Join(sent[2:], " "), call, "") {
		bad("`%s` is not send ACTOR and a call of %s", spans[0], name)
		return
	}
	script := lines(s.archive.Comment)
	for i, line := range script {
		if strings.TrimSpace(line) == spans[0] && answerTo(sent[1], script[i+1:]) == spans[1] {
			return
		}
	}
	bad("%s doesn't ask `%s` and then expect `%s`", s.file, spans[0], spans[1])
}

// answerTo is the first of a script's lines that expects something of actor.
func answerTo(actor string, script []string) string {
	for _, line := range script {
		words, _ := language.Split(line)
		if len(words) > 0 && words[0] == "send" && len(words) > 1 && words[1] == actor {
			return "" // the next call: nothing was expected of this one
		}
		if len(words) > 2 && words[0] == "expect" && slices.Contains(words[1:], actor) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

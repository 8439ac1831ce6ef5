package page

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// quotation reports f unless its lines stand, whole and contiguous, in the file that
// it names.
func (c *checker) quotation(p *page, f fence) {
	source, err := c.source(f.file)
	if err != nil {
		c.add(p.file, f.line, "quotation: %v", err)
		return
	}
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	if !slices.ContainsFunc(f.lines, func(s string) bool { return !blank(s) }) {
		c.add(p.file, f.line, "quotation: nothing is quoted: copy the lines that matter from %s", f.file)
		return
	}
	q := quote{f.lines, f.language == "go"}
	at, same := q.find(source)
	if same == len(q.lines) {
		return
	}
	line, want := f.line+1+same, q.lines[same]
	switch {
	case at < 0:
		c.add(p.file, f.line+1, "quotation: nothing in %s is like line 1 %.200q: copy whole lines from there, or name another file", f.file, q.lines[0])
	case at+same >= len(source):
		c.add(p.file, line, "quotation: line %d %.200q isn't in %s, which ends at line %d: copy its lines word for word, or change the file", same+1, want, f.file, len(source))
	default:
		c.add(p.file, line, "quotation: line %d %.200q differs from %s:%d %.200q: copy the lines from line %d on word for word, or change the file", same+1, want, f.file, at+same+1, source[at+same], at+1)
	}
}

// source returns the lines of a file of the repository, of a script's member
// (1.1-echo/alice.want), or of a script without its members (1.1-echo.txtar).
func (c *checker) source(name string) ([]string, error) {
	if stem, ok := strings.CutSuffix(name, scriptExt); ok && stemShape.MatchString(stem) {
		s, err := c.openScript(stem)
		if err != nil {
			return nil, err
		}
		return lines(s.archive.Comment), nil
	}
	stem, member, ok := strings.Cut(name, "/")
	if ok && stemShape.MatchString(stem) {
		s, err := c.openScript(stem)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, f := range s.archive.Files {
			if path.Clean(f.Name) == member {
				return lines(f.Data), text(name, f.Data)
			}
			names = append(names, f.Name)
		}
		return nil, fmt.Errorf("%s has no member %q: it has %s", s.file, member, list(names))
	}
	data, err := c.read(name)
	if err != nil {
		return nil, err
	}
	return lines(data), text(name, data)
}

// quote is some lines of a file. If dedented, the quote may lack tabs that all of
// its lines have in the file.
type quote struct {
	lines    []string
	dedented bool
}

// find returns the index of the line in file where q begins, or nearly does, and how
// many lines are equal from there on. The index is -1 if nothing in the file
// resembles q.
func (q quote) find(file []string) (at, same int) {
	for i := range file {
		if q.sameAt(file, i) == len(q.lines) {
			return i, len(q.lines)
		}
	}
	total := 0
	for _, line := range q.lines {
		total += 2 * len(strings.TrimSpace(line))
	}
	at, best := -1, total/3
	for i := range file {
		n, s := q.likeness(file, i), q.sameAt(file, i)
		if n > best || n == best && at >= 0 && s > same {
			at, best, same = i, n, s
		}
	}
	return at, same
}

// sameAt returns how many of q's lines stand in file from index i on.
func (q quote) sameAt(file []string, i int) int {
	tabs := -1 // tabs that the quotation lacks; known from its first line of code
	for n, line := range q.lines {
		if i+n >= len(file) {
			return n
		}
		there := file[i+n]
		if q.dedented && line != "" {
			if tabs < 0 {
				tabs = max(0, leadingTabs(there)-leadingTabs(line))
			}
			line = strings.Repeat("\t", tabs) + line
		}
		if line != there {
			return n
		}
	}
	return len(q.lines)
}

func leadingTabs(s string) int { return len(s) - len(strings.TrimLeft(s, "\t")) }

// likeness measures how much of q is in file from index i on, although a few lines
// may have been added, removed or changed.
func (q quote) likeness(file []string, i int) int {
	const added = 8
	score := 0
	for _, line := range q.lines {
		line = strings.TrimSpace(line)
		if i >= len(file) {
			break
		}
		if line == "" {
			continue
		}
		n := slices.IndexFunc(file[i:min(i+added, len(file))], func(s string) bool {
			return strings.TrimSpace(s) == line
		})
		if n >= 0 {
			score += max(0, 2*len(line)-n)
			i += n + 1
		} else {
			score += alike(line, strings.TrimSpace(file[i]))
		}
	}
	return score
}

// alike returns how many bytes a and b share at their beginning and end.
func alike(a, b string) int {
	n := min(len(a), len(b))
	head := 0
	for head < n && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < n-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head + tail
}

package packets

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// linesMax is how many lines a transcript keeps.
const linesMax = 100000

// A transcript is the record of a capture.
type transcript struct {
	start time.Time
	lines []*line
	more  int // that were not kept
}

func (t *transcript) add(l *line) {
	if t.start.IsZero() {
		t.start = l.when
	}
	if len(t.lines) >= linesMax {
		t.more++
		return
	}
	t.lines = append(t.lines, l)
}

func (t *transcript) text(o Options) string {
	lines := slices.DeleteFunc(slices.Clone(t.lines), o.hides)
	if !o.AsIs {
		lines = settled(lines)
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(o.text(l, t.start))
	}
	if t.more > 0 {
		fmt.Fprintf(&b, "... %d packets more\n", t.more)
	}
	return b.String()
}

// settled puts lines in the order in which they are the same in every run. The
// three segments of a handshake stand together, for the kernels exchange them
// while programs go on. So do the two FINs of a connection with nothing said in
// between, the server's first: when both ends have said all they had to say,
// chance decides which closes first.
func settled(lines []*line) []*line {
	lines = slices.Clone(lines)
	place := map[*line]int{}
	last := map[*connection]int{} // where the last line of a connection stands
	for i, l := range lines {
		place[l] = i
		if l.connection == nil {
			continue
		}
		if at, ok := last[l.connection]; ok && l.belongsTo(lines[at]) {
			before := lines[at]
			place[l] = place[before]
			if l.step == stepFIN && l.from == l.connection.ends[server].String() {
				lines[i], lines[at] = before, l
			}
		}
		last[l.connection] = i
	}
	slices.SortStableFunc(lines, func(a, b *line) int { return place[a] - place[b] })
	return lines
}

// belongsTo is true of a line that stands beside the one of the same
// connection before it.
func (l *line) belongsTo(before *line) bool {
	switch l.step {
	case stepSYNACK:
		return before.step == stepSYN
	case stepACK:
		return before.step == stepSYNACK
	case stepFIN:
		return before.step == stepFIN && before.from != l.from
	}
	return false
}

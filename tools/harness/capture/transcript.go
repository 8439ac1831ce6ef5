package capture

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// linesMax is how many packets a transcript keeps.
const linesMax = 100000

// A transcript is the lines of packets as text.
type transcript struct {
	lines []*line
	more  int // packets that were not kept
}

func (t transcript) text(o Options) string {
	var start time.Time
	var lines []*line
	for i, l := range t.lines {
		if i == 0 {
			start = l.when
		}
		if !o.hides(l) {
			lines = append(lines, l)
		}
	}
	if !o.AsIs {
		lines = settled(lines)
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(o.text(l, start))
	}
	if t.more > 0 {
		fmt.Fprintf(&b, "... %d packets more\n", t.more)
	}
	return b.String()
}

// settled sorts lines so that every run has the same order. The three segments of a
// handshake stand together, because the kernels exchange them while programs go on.
// The two FINs of a connection stand together too, the server's first, if no data is
// between them. When both ends have sent everything, chance decides which closes
// first, and whether the first FIN is confirmed before the second one or with it.
func settled(lines []*line) []*line {
	lines = slices.Clone(lines)
	place := map[*line]int{}
	last := map[*connection]int{} // index of a connection's last line
	for i, l := range lines {
		place[l] = i
		if l.connection == nil {
			continue
		}
		at, ok := last[l.connection]
		if ok && l.minor && l.size == 0 && lines[at].step == stepFIN {
			continue
		}
		if ok && l.belongsTo(lines[at]) {
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

// belongsTo reports whether a line stands next to the previous line of the same
// connection.
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

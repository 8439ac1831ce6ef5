package typeset

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Sizes of a drawing, in pixels. A character of its font is 7.3 wide.
const (
	drawnGap  = 110 // between two parties, at least
	drawnRow  = 34
	drawnHead = 34
	drawnEdge = 8
)

func drawnWide(text string) int { return int(7.3*float64(ansi.StringWidth(text))) + 1 }

// drawing draws a Mermaid sequence diagram as SVG. Its colours are those of the page.
func drawing(diagram string) string {
	parties, all := said(diagram)
	for _, m := range all {
		for _, name := range []string{m.from, m.to} {
			if m.arrow != "" && !slices.Contains(parties, name) {
				parties = append(parties, name)
			}
		}
	}
	if len(parties) == 0 {
		return ""
	}
	at := make([]int, len(parties)) // the middle of each party's line
	at[0] = drawnEdge + drawnWide(parties[0])/2
	for i := 1; i < len(parties); i++ {
		at[i] = at[i-1] + max(drawnGap, (drawnWide(parties[i-1])+drawnWide(parties[i]))/2+24)
		for _, m := range all {
			// What is said has room between the two.
			from, to := slices.Index(parties, m.from), slices.Index(parties, m.to)
			if m.arrow != "" && max(from, to) == i && from != to {
				at[i] = max(at[i], at[min(from, to)]+drawnWide(m.what)+28)
			}
		}
	}
	wide := at[len(at)-1] + drawnWide(parties[len(parties)-1])/2 + drawnEdge
	high := drawnHead + drawnRow*len(all) + drawnEdge
	var lines strings.Builder
	for n, m := range all {
		y := drawnHead + drawnRow*n + drawnRow - 8
		text := html.EscapeString(visible(m.what))
		from, to := slices.Index(parties, m.from), slices.Index(parties, m.to)
		switch {
		case m.arrow == "":
			fmt.Fprintf(&lines, `<text class="note" x="%d" y="%d">%s</text>`, drawnEdge, y-4, text)
			wide = max(wide, drawnWide(m.what)+2*drawnEdge)
			continue
		case from == to:
			x := at[from]
			fmt.Fprintf(&lines, `<path class="arrow" d="M%d %dh14v10h-14"/><text x="%d" y="%d">%s</text>`, x, y-8, x+20, y, text)
			wide = max(wide, x+20+drawnWide(m.what)+drawnEdge)
			continue
		}
		side := 1
		if at[to] < at[from] {
			side = -1
		}
		class := "arrow"
		if strings.HasPrefix(m.arrow, "╌") {
			class += " last"
		}
		tip := at[to] - side
		fmt.Fprintf(&lines, `<path class="%s" d="M%d %dH%d"/>`, class, at[from], y, tip)
		if strings.HasSuffix(m.arrow, "✗") {
			fmt.Fprintf(&lines, `<path class="cross" d="M%d %dl8 8m0 -8l-8 8"/>`, tip-4-side*6, y-4)
		} else {
			fmt.Fprintf(&lines, `<path class="tip" d="M%d %dl%d -4v8z"/>`, tip, y, -side*8)
		}
		fmt.Fprintf(&lines, `<text class="said" x="%d" y="%d">%s</text>`, (at[from]+at[to])/2, y-6, text)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="drawn" tabindex="0" role="group" aria-label="Diagram"><svg role="img" aria-label="Who says what to whom: the same is below as text" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">`, wide, high)
	for i, name := range parties {
		fmt.Fprintf(&b, `<path class="life" d="M%d %dV%d"/><text x="%d" y="20">%s</text>`, at[i], drawnHead-6, high, at[i]-drawnWide(name)/2, html.EscapeString(visible(name)))
	}
	return b.String() + lines.String() + "</svg></div>"
}

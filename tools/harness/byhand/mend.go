package byhand

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"socklab/tools/harness/script"
)

// number finds a run of digits in a pattern, and before it what is none: a group's
// pattern, a character's number, a variable.
var number = regexp.MustCompile(`\(\?P<\w+>(?:[^()]|\([^()]*\))*\)|\\x\{[0-9a-f]*\}|\$\{[^}]*\}|\\[0-9]+|[0-9]+`)

// takesOut takes the numbers out of a transcript.
const takesOut = "replace stdout '[0-9]+' N\n"

// without makes a script compare a transcript without its numbers.
func without(text, actor string) string {
	compares := "cmp stdout " + actor + ".want\n"
	if strings.Contains(text, takesOut+compares) {
		return text
	}
	return strings.Replace(text, compares, takesOut+compares, 1)
}

// Loosen makes the pattern of an expectation, in this line of a script, from 1, match
// any number where it had one, and takes the numbers out of the actor's transcript: one
// was another when it was done by hand. It reports whether there was a number.
func Loosen(text string, line int) (mended string, changed bool) {
	lines := strings.SplitAfter(text, "\n")
	if line < 1 || line > len(lines) || !strings.HasPrefix(lines[line-1], "expect ") {
		return text, false
	}
	words := strings.SplitN(lines[line-1], " ", 3)
	if len(words) < 3 {
		return text, false
	}
	loose := number.ReplaceAllStringFunc(words[2], func(s string) string {
		if s[0] < '0' || s[0] > '9' {
			return s
		}
		return `\d+`
	})
	if loose == words[2] {
		return text, false
	}
	lines[line-1] = words[0] + " " + words[1] + " " + loose
	return without(strings.Join(lines, ""), words[1]), true
}

var digits = regexp.MustCompile(`[0-9]+`)

// Agree makes a script compare only what several plays agree on. Each play is the script
// with its transcripts as they were. Where they differ in numbers alone, those are taken
// out; otherwise the transcript is not compared any more. what says so, for each.
func Agree(text string, plays [][]byte) (mended string, what []string) {
	for _, f := range txtar.Parse(plays[0]).Files {
		same, alike := true, true
		for _, play := range plays[1:] {
			other := member(play, f.Name)
			same = same && bytes.Equal(other, f.Data)
			alike = alike && bytes.Equal(digits.ReplaceAll(other, []byte("N")), digits.ReplaceAll(f.Data, []byte("N")))
		}
		compares := "cmp stdout " + f.Name + "\n"
		actor := strings.TrimSuffix(f.Name, ".want")
		switch {
		case same || !strings.Contains(text, compares):
		case alike && !strings.Contains(text, takesOut+compares):
			text = without(text, actor)
			what = append(what, fmt.Sprintf("the numbers on %s's screen are others in each play: they are taken out", actor))
		default:
			lines := strings.SplitAfter(text, "\n")
			end := slices.Index(lines, compares)
			begin := end
			for begin > 0 && !strings.HasPrefix(lines[begin], "screen ") {
				begin--
			}
			text = strings.Join(slices.Replace(lines, begin, end+1, "# "+sentence(actor)+"'s screen is another in each play.\n"), "")
			what = append(what, fmt.Sprintf("%s's screen is another in each play, and not compared: %s", actor, differs(f.Data, plays[1:], f.Name)))
		}
	}
	return text, what
}

func member(archive []byte, name string) []byte {
	for _, f := range txtar.Parse(archive).Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// differs is the first line that is another in some play.
func differs(one []byte, plays [][]byte, name string) string {
	a := strings.Split(string(one), "\n")
	for _, play := range plays {
		b := strings.Split(string(member(play, name)), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return fmt.Sprintf("line %d is %.60q or %.60q", i+1, a[i], b[i])
			}
		}
		if len(a) != len(b) {
			return fmt.Sprintf("it has %d lines or %d", len(a), len(b))
		}
	}
	return ""
}

// Page is the beginning of a lesson's page for a script: its headings, and what the
// terminals showed. NAME is the script's.
func Page(name, text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n## Question\n\nWhat do they say to each other, and who waits for whom?\n\n## Run it\n\n```sh\ngo tool socklab play %s.txtar\n```\n\n## What happened\n\n", sentence(name), name)
	for _, step := range script.Sentences([]byte(text)) {
		fmt.Fprintf(&b, "%s\n\n", step)
	}
	for _, f := range txtar.Parse([]byte(text)).Files {
		fmt.Fprintf(&b, "```console file=%s/%s\n%s```\n\n", name, f.Name, f.Data)
	}
	b.WriteString("## The lines that matter\n\n## Break it\n\n## Your turn\n\n## Next\n")
	return b.String()
}

// Package exercise reads the hints and the answers of a lesson from its page. They
// are folded away under "Break it", "Change it" and "Your turn":
//
//	<details><summary>Hint</summary>
//
//	Where is the name of the other side?
//
//	</details>
//
// The summary is Hint or Answer. A section has any number of hints, then one answer.
package exercise

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"socklab/tools/course/path"
)

// Sections are those that have an exercise.
var Sections = []string{"Break it", "Change it", "Your turn"}

// An Exercise is one of a lesson's. Its texts are Markdown.
type Exercise struct {
	Section string
	Hints   []string
	Answer  string
}

var opens = regexp.MustCompile(`^<details><summary>(.+)</summary>$`)

// Read reads the exercises of a page: those that have hints or an answer. The error
// says which line is wrong.
func Read(page []byte) (all []Exercise, err error) {
	section, summary, fence := "", "", ""
	begun := 0
	var text strings.Builder
	for i, line := range strings.Split(strings.ReplaceAll(string(page), "\r\n", "\n"), "\n") {
		bad := func(format string, args ...any) error {
			return fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, args...))
		}
		if marks := strings.TrimLeft(line, "`"); strings.HasPrefix(line, "```") && (fence == "" || marks == "" && len(line) >= len(fence)) {
			if fence != "" {
				fence = ""
			} else {
				fence = line[:len(line)-len(marks)]
			}
		}
		if fence == "" {
			if title, ok := strings.CutPrefix(line, "## "); ok {
				if begun > 0 {
					return nil, fmt.Errorf("line %d: <details> without </details> before ## %s", begun, title)
				}
				section = title
				continue
			}
			if open := opens.FindStringSubmatch(line); open != nil {
				switch summary = open[1]; {
				case begun > 0:
					return nil, bad("<details> in the <details> of line %d", begun)
				case !slices.Contains(Sections, section):
					return nil, bad("expected <details> under %s, got it under %q", strings.Join(Sections, ", or "), section)
				case summary != "Hint" && summary != "Answer":
					return nil, bad("expected the summary Hint or Answer, got %q", summary)
				}
				begun = i + 1
				text.Reset()
				if len(all) == 0 || all[len(all)-1].Section != section {
					all = append(all, Exercise{Section: section})
				}
				continue
			}
			if line == "</details>" && begun > 0 {
				e := &all[len(all)-1]
				what := strings.TrimSpace(text.String())
				switch {
				case what == "":
					return nil, bad("nothing stands in the <details> of line %d", begun)
				case e.Answer != "":
					return nil, bad("expected the answer as the last <details> of ## %s, got another", section)
				case summary == "Answer":
					e.Answer = what
				default:
					e.Hints = append(e.Hints, what)
				}
				begun = 0
				continue
			}
			if strings.Contains(line, "<details") || strings.Contains(line, "</details") {
				return nil, bad("expected <details><summary>Hint</summary>, or </details> after one, alone in the line, got %.80q", line)
			}
		}
		if begun > 0 {
			text.WriteString(line + "\n")
		}
	}
	if begun > 0 {
		return nil, fmt.Errorf("line %d: <details> without </details>", begun)
	}
	for _, e := range all {
		if e.Answer == "" {
			return nil, fmt.Errorf("## %s has hints, and no answer", e.Section)
		}
	}
	return all, nil
}

// named are the files that a page names: those that it quotes, and those between
// `quotes`.
var named = regexp.MustCompile("(?:file=|`)((?:tools|testdata)/[^\\s`*]+)")

// Files are the files that a learner changes in a lesson: its script and those that
// its page names, from the root of the repository. It leaves out what belongs to an
// answer.
func Files(root fs.FS, l path.Lesson) ([]string, error) {
	page, err := fs.ReadFile(root, l.Page())
	if err != nil {
		return nil, fmt.Errorf("read the page of lesson %s: %w", l.Number, err)
	}
	files := []string{l.Script()}
	for _, match := range named.FindAllSubmatch(page, -1) {
		file := strings.TrimRight(string(match[1]), "/.,")
		if !fs.ValidPath(file) || slices.Contains(files, file) || strings.HasPrefix(file, "testdata/exercises/") {
			continue
		}
		if info, err := fs.Stat(root, file); err == nil && !info.Mode().IsRegular() {
			continue
		}
		files = append(files, file)
	}
	return files, nil
}

// Package report writes what became of scripts in the forms that other tools read. A
// step of a script is a case.
package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"socklab/tools/harness/script"
)

// A Play is what became of a script, once.
type Play struct {
	Name    string          `json:"script"`
	Play    int             `json:"play,omitempty"` // from 1, if it was played several times
	File    string          `json:"file"`
	Verdict script.Verdict  `json:"verdict"`
	Reason  string          `json:"reason,omitempty"` // why it did not pass, in a line
	Steps   []Step          `json:"steps,omitempty"`
	Failure *script.Failure `json:"failure,omitempty"`
	Log     string          `json:"-"` // the report of a failure, for people
	Page    string          `json:"page,omitempty"`
	Folder  string          `json:"folder,omitempty"` // of the script, if it was kept
	Began   time.Time       `json:"began"`
	Took    time.Duration   `json:"took_ns"`
}

// A Step is a case: a sentence of the script.
type Step struct {
	Sentence string         `json:"sentence"`
	Verdict  script.Verdict `json:"verdict,omitempty"` // "" if it was not reached
	Took     time.Duration  `json:"took_ns,omitempty"`
}

// Outside is the sentence of what happened outside of all steps.
const Outside = "the script"

// Of is a play's result. text is the script, and steps are the times at which its steps
// began, in microseconds, and the end of the last.
func Of(name, file string, text []byte, steps []int64, r script.Result) Play {
	p := Play{Name: name, File: file, Verdict: r.Verdict, Reason: r.Reason, Failure: r.Failure, Log: r.Log, Folder: r.Folder}
	reached := 0 // the step that failed; 0 if the end was reached
	if r.Failure != nil {
		reached = r.Failure.Step
	}
	for _, sentence := range script.Sentences(text) {
		s, n := Step{Sentence: sentence}, len(p.Steps)+1
		if n < len(steps) {
			s.Took = time.Duration(steps[n]-steps[n-1]) * time.Microsecond
		}
		switch {
		case r.Verdict == script.Passed || reached > 0 && n < reached:
			s.Verdict = script.Passed
		case reached == n, r.Verdict == script.NotJudged && reached == 0:
			s.Verdict = r.Verdict
		}
		p.Steps = append(p.Steps, s)
	}
	if len(p.Steps) == 0 || r.Verdict == script.Failed && reached == 0 {
		// What happened outside of all steps is a case, too.
		p.Steps = append(p.Steps, Step{Sentence: Outside, Verdict: r.Verdict})
	}
	return p
}

// JSON writes all plays as an array.
func JSON(w io.Writer, plays []Play) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(plays)
}

// TAP writes a line for each step (TAP version 14, testanything.org).
func TAP(w io.Writer, plays []Play) error {
	var b strings.Builder
	n := 0
	for _, p := range plays {
		for _, s := range p.Steps {
			n++
			is, why := "ok", ""
			switch s.Verdict {
			case script.Failed:
				is = "not ok"
			case script.NotJudged:
				why = " # SKIP " + tapText(p.Reason)
			case "":
				why = " # SKIP not reached"
			}
			fmt.Fprintf(&b, "%s %d - %s: %s%s\n", is, n, tapText(p.Name), tapText(s.Sentence), why)
			if s.Verdict == script.Failed {
				for line := range strings.Lines(p.Log) {
					b.WriteString("# " + strings.TrimRight(line, "\n") + "\n")
				}
			}
		}
	}
	_, err := fmt.Fprintf(w, "TAP version 14\n1..%d\n%s", n, b.String())
	return err
}

// tapText is a text in a line, in which # and \ mean themselves.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ").Replace(s)
}

type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []suite  `xml:"testsuite"`
	}
	suite struct {
		Name     string `xml:"name,attr"`
		File     string `xml:"file,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
		Date     string `xml:"timestamp,attr"`
		Cases    []kase `xml:"testcase"`
	}
	kase struct {
		Class   string  `xml:"classname,attr"`
		Name    string  `xml:"name,attr"`
		Time    string  `xml:"time,attr"`
		Failure *reason `xml:"failure"`
		Skipped *reason `xml:"skipped"`
	}
	reason struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a test suite for each script, as CI systems read it.
func JUnit(w io.Writer, plays []Play) error {
	var all suites
	for _, p := range plays {
		s := suite{Name: p.Name, File: p.File, Tests: len(p.Steps), Time: fmt.Sprintf("%.3f", p.Took.Seconds()), Date: p.Began.UTC().Format("2006-01-02T15:04:05")}
		for i, step := range p.Steps {
			k := kase{Class: p.Name, Name: fmt.Sprintf("step %d: %s", i+1, step.Sentence), Time: fmt.Sprintf("%.3f", step.Took.Seconds())}
			switch step.Verdict {
			case script.Failed:
				s.Failures++
				k.Failure = &reason{p.Reason, p.Log}
			case script.NotJudged:
				s.Skipped++
				k.Skipped = &reason{Message: p.Reason}
			case "":
				s.Skipped++
				k.Skipped = &reason{Message: "not reached"}
			}
			s.Cases = append(s.Cases, k)
		}
		all.Suites = append(all.Suites, s)
	}
	io.WriteString(w, xml.Header)
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// HTML writes a list of all plays, each with a link to its page.
func HTML(w io.Writer, plays []Play) error {
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>socklab</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); vertical-align: top; }
.failed { color: light-dark(#b00020, #ff8a80); } .passed { color: light-dark(#1b6e2c, #8fd69a); } .not { color: light-dark(#7a5200, #ffd180); }
</style>
<h1>Scripts</h1>
<table>
<tr><th>script<th>verdict<th>steps<th>seconds
`)
	for _, p := range plays {
		passed := 0
		for _, s := range p.Steps {
			if s.Verdict == script.Passed {
				passed++
			}
		}
		name := html.EscapeString(p.File)
		if p.Play > 0 {
			name += fmt.Sprintf(" (play %d)", p.Play)
		}
		if p.Page != "" {
			name = fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(p.Page), name)
		}
		verdict := html.EscapeString(string(p.Verdict))
		if p.Reason != "" || p.Failure != nil {
			reason := p.Reason
			if p.Failure != nil {
				reason = p.Failure.Headline(script.View{})
			}
			verdict += "<br><small>" + html.EscapeString(reason) + "</small>"
		}
		class, _, _ := strings.Cut(string(p.Verdict), " ")
		fmt.Fprintf(&b, "<tr><td>%s<td class=%q>%s<td>%d of %d<td>%.1f\n", name, class, verdict, passed, len(p.Steps), p.Took.Seconds())
	}
	b.WriteString("</table>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

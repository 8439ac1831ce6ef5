package typeset

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	const page = "# 1.1 A & B\n\nSee [two](1.2-two.md#end), [bad](javascript:alert(1)) and <b onclick=x>this</b>.\n\n" +
		"<script>alert(1)</script>\n\n```go file=tools/a.go\na <- b\n\tc\x1b[2J\n```\n\n" +
		"```mermaid from=x\nsequenceDiagram\n    participant p as bob\n    p->>eve: \"#lt;a#gt;\"\n```\n\n" +
		"<details><summary>Hint</summary>\n\nLook *here*.\n\n</details>\n\n<details open onclick=\"x()\"><summary>x</summary>\n"
	out, err := HTML([]byte(page), "1.1 <A>", func(target string) string { return strings.Replace(target, ".md", ".html", 1) })
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for _, want := range []string{
		"<title>1.1 &lt;A&gt;</title>", "A &amp; B</h1>", `<a href="1.2-two.html#end">two</a>`, `<a href="">bad</a>`,
		"&lt;b onclick=x&gt;this&lt;/b&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;",
		"<figcaption>tools/a.go</figcaption><pre tabindex=\"0\">a &lt;- b\n    c␛[2J\n</pre>",
		"<pre tabindex=\"0\">bob ──▶ eve  &#34;&lt;a&gt;&#34;\n</pre></details></figure>", ">&#34;&lt;a&gt;&#34;</text>", `<text x="8" y="20">bob</text>`,
		"<details><summary>Hint</summary>\n<p>Look <em>here</em>.</p>\n</details>\n", "&lt;details open onclick=",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "<script") || strings.Contains(text, "\x1b") || strings.Contains(text, "<b ") {
		t.Errorf("%s", text)
	}
}

// TestHTMLPages sets every page of this repository: nothing is asked of anybody, and
// what is opened is closed.
func TestHTMLPages(t *testing.T) {
	files, err := filepath.Glob("../../../lessons/[0-9]*.md")
	if err != nil || len(files) < 30 {
		t.Fatal(files, err)
	}
	asks := regexp.MustCompile(`<(?:script|link|img|iframe)|url\(|@import| src=`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page, err := HTML(source, file, func(target string) string { return target })
		if err != nil {
			t.Fatal(err)
		}
		if found := asks.Find(page); found != nil {
			t.Errorf("%s: %s", file, found)
		}
		for _, tag := range []string{"details", "figure", "pre"} {
			if open, closed := strings.Count(string(page), "<"+tag), strings.Count(string(page), "</"+tag+">"); open != closed {
				t.Errorf("%s: %d <%s>, %d closed", file, open, tag, closed)
			}
		}
	}
}

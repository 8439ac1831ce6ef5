package viewer_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/viewer"
)

// A browser is one that all tests of this package share, and so is its tab: to open
// another costs as much as most tests.
var browser struct {
	once   sync.Once
	ctx    context.Context
	cancel func()
	tab    *tab // of the last test
}

func TestMain(m *testing.M) {
	code := m.Run()
	if browser.cancel != nil {
		browser.cancel()
	}
	os.Exit(code)
}

// A tab is a page in the browser, and what it did that it should not.
type tab struct {
	t     *testing.T // that uses it now
	tab   context.Context
	close func()
	ctx   context.Context // of the page, with its deadline

	mu    sync.Mutex
	page  string // its address
	wrong []string
}

// open shows a recording's page. When the test ends, the page has made no
// request and no error, or the test fails.
func open(t *testing.T, f *recording.File, o viewer.Options) *tab {
	t.Helper()
	all.Skip(t) // without -all, TestPages opens some
	p := newTab(t)
	p.visit(write(t, t.TempDir(), f, o))
	return p
}

// write writes a recording's page.
func write(t *testing.T, folder string, f *recording.File, o viewer.Options) string {
	t.Helper()
	file := filepath.Join(folder, "page.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := viewer.Write(out, f, o); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// newTab is the tab, in which pages are visited.
func newTab(t *testing.T) *tab {
	t.Helper()
	need.Skip(t, "chromium")
	browser.once.Do(func() {
		flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("chromium"),
			// A page that was left is gone, and the next one takes its process.
			chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache"), chromedp.Flag("process-per-site", true),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
		ctx, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, _ = chromedp.NewContext(ctx)
		browser.ctx, browser.cancel = ctx, func() {
			chromedp.Cancel(ctx)
			cancel()
		}
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal("start chromium:", err)
		}
	})
	p := browser.tab
	if p == nil || p.t.Failed() { // what it shows may hang
		p = &tab{t: t}
		p.begin()
		browser.tab = p
	}
	p.t, p.ctx = t, p.tab
	p.run(chromedp.EmulateViewport(1400, 1000))
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, wrong := range p.wrong {
			t.Error(wrong)
		}
		p.wrong = nil
	})
	return p
}

// begin opens the tab, and listens to what it does.
func (p *tab) begin() {
	p.t.Helper()
	if browser.tab != nil {
		browser.tab.close()
	}
	p.tab, p.close = chromedp.NewContext(browser.ctx)
	p.ctx = p.tab
	if err := chromedp.Do(p.tab); err != nil {
		p.t.Fatal("open a tab:", err)
	}
	err := chromedp.Listen(p.tab, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			p.blame("exception: %s", e.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			p.blame("console: %s", e.Type)
		case *log.EventEntryAdded:
			p.blame("log: %s", e.Entry.Text)
		case *network.EventRequestWillBeSent:
			p.mu.Lock()
			page := p.page
			p.mu.Unlock()
			if to := e.Request.URL; to != page && !strings.HasPrefix(to, "data:") {
				p.blame("request to %s", to)
			}
		case *network.EventWebSocketCreated:
			p.blame("web socket to %s", e.URL)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
}

// visit shows a page, a file. The tab has two minutes for it.
func (p *tab) visit(file string) {
	p.t.Helper()
	p.mu.Lock()
	p.page = (&url.URL{Scheme: "file", Path: file}).String()
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(p.tab, 2*time.Minute)
	p.t.Cleanup(cancel)
	p.ctx = ctx
	p.run(chromedp.Navigate(p.page), chromedp.WaitReady(chromedp.CSS("html[data-ready]")))
}

func (p *tab) blame(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = append(p.wrong, filepath.Base(p.page)+": "+fmt.Sprintf(format, args...))
}

func (p *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err, p.wrong)
	}
}

func call[P, R any](p *tab, command cdp.Command[P, R], params P) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, command, params); err != nil {
		p.t.Fatal(command.Method, err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(expression, err, p.wrong)
	}
	return value
}

// want compares what an expression is in the page.
func want[T comparable](p *tab, expression string, value T) {
	p.t.Helper()
	if got := ask[T](p, expression); got != value {
		p.t.Errorf("%s: got %v, want %v", expression, got, value)
	}
}

func (p *tab) press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.run(chromedp.KeyEvent(key))
	}
}

// slash presses / as a keyboard does: what is pressed is typed, unless the page
// takes the key for itself. (KeyEvent types it in any case.)
func (p *tab) slash() {
	p.t.Helper()
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/"})
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: "/", Code: "Slash"})
}

// text is the text of what a selector finds, or all of it.
func (p *tab) text(selector string) string {
	return ask[string](p, fmt.Sprintf(`Array.from(document.querySelectorAll(%q), e => e.innerText).join("\n")`, selector))
}

// picture takes a screenshot where PICTURES names a folder.
func (p *tab) picture(name string, width, height int, dark bool) {
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	p.run(chromedp.EmulateViewport(int64(width), int64(height)))
	ask[bool](p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// Every kind of event is shown at its depth, and selecting it shows its moment.
func TestEveryKind(t *testing.T) {
	f := cable()
	p := open(t, f, viewer.Options{})
	for n, depth := range []string{"screen", "stream", "packets", "syscalls"} {
		p.press(fmt.Sprint(n + 1))
		want(p, `document.querySelector(".depths [aria-pressed=true]").firstChild.data.replace("system calls", "syscalls")`, depth)
		var those []string
		for i, e := range f.Events {
			if e.Layer == depth {
				those = append(those, fmt.Sprintf("[%d, %d]", i, e.Line))
			}
		}
		want(p, fmt.Sprintf(`[%s].filter(([event, line]) => {
			socklab.select(event);
			const row = document.querySelector(".row[data-event='" + event + "']");
			return !row?.classList.contains("now") || row.querySelector(".said").textContent === "" ||
				document.querySelector(".script .lit .number").textContent !== String(line);
		}).join("; ")`, strings.Join(those, ", ")), "")
	}
	// All depths are on one axis.
	want(p, `Array.from(document.querySelectorAll(".axis .marks"), e => e.getAttribute("d") ? e.classList[1] : "").join()`, "screen,stream,packets,syscalls")
	// An arrow of a lost packet does not arrive.
	p.press("3")
	ends := `(kind => Array.from(document.querySelectorAll(".row." + kind + " .shaft"), l => l.x2.baseVal.value / document.querySelector(".diagram svg").width.baseVal.value))`
	lost, arrived := ask[[]float64](p, ends+`("lost")`), ask[[]float64](p, ends+`("connect")`)
	if len(lost) != 2 || len(arrived) == 0 || lost[0] > arrived[0]-0.1 {
		t.Errorf("arrows end at %v where packets were lost, and at %v where they arrived", lost, arrived)
	}
	p.picture("packets", 1400, 1000, false)
	// Clicking a row is selecting it.
	p.run(chromedp.Click(chromedp.CSS(".row.lost")))
	want(p, `socklab.model.events[socklab.now].kind`, "lost")
	want(p, `document.querySelector(".terminal .state").textContent`, "running")
	// The same as a table.
	p.run(chromedp.Click(chromedp.CSS(".table summary")))
	p.run(chromedp.WaitReady(chromedp.CSS(".table tbody tr")))
	want(p, `document.querySelectorAll(".table tbody tr").length`, len(f.Events))
	want(p, `document.querySelector(".table tr[aria-current] td:nth-child(4)").textContent`, "lost")
	p.run(chromedp.Click(chromedp.CSS(".table tbody tr:nth-child(2) button")))
	want(p, `socklab.now`, 1)
}

// The switch of depth is reached by Tab and pressed by the space bar, and says why a
// depth has no events.
func TestDepthSwitch(t *testing.T) {
	p := open(t, long(500), viewer.Options{})
	want(p, `document.querySelector(".lacking").textContent`, "system calls: recorded where a script asks for them (syscalls)")
	want(p, `document.querySelector(".depths button:nth-of-type(4)").title`, "Depth: system calls (key 4): recorded where a script asks for them (syscalls)")
	ask[bool](p, `document.querySelector(".depths button:nth-of-type(3)").focus(), true`)
	p.press(kb.Tab, " ")
	want(p, `document.querySelector(".depths [aria-pressed=true]").textContent`, "system callsnone")
	want(p, `document.querySelector(".diagram .empty").textContent`, "Recorded where a script asks for them (syscalls).")
	want(p, `socklab.playing`, false)
}

func TestTerminalsAtAMoment(t *testing.T) {
	f := cable()
	p := open(t, f, viewer.Options{})
	lines := func(name string) string {
		return ask[string](p, fmt.Sprintf(`Array.from(document.querySelectorAll(".terminal"), e => e.querySelector("h3").textContent === %q ? e.querySelector(".lines").innerText : "").join("")`, name))
	}
	end := func() string { p.press(kb.End); return lines("bob") + lines("alice") + lines("late") }
	whole := end()
	for _, text := range []string{"» connect s 10.0.0.1:8000", "= 4", "» ^C", "signal TERM", "café \\xff", "SIGTERM", "one one two", "ends its half"} {
		if !strings.Contains(whole, text) {
			t.Errorf("no %q at the end:\n%s", text, whole)
		}
	}
	// Forwards and backwards, a moment is the same.
	moments := func(order string) []string {
		return ask[[]string](p, `Array.from(socklab.model.events.keys())`+order+`.map(event => {
			socklab.select(event);
			return ["bob", "alice"].map(name => Array.from(document.querySelectorAll(".terminal")).filter(e => e.querySelector("h3").textContent === name)
				.map(e => e.querySelector(".lines").innerText).join("")).join("");
		})`)
	}
	forwards, backwards := moments(""), moments(".reverse()")
	slices.Reverse(backwards)
	if len(forwards) != len(f.Events) || !slices.Equal(forwards, backwards) {
		t.Errorf("of %d events, backwards\n%q\nforwards\n%q", len(f.Events), backwards, forwards)
	}
	if forwards[0] == forwards[len(forwards)-1] {
		t.Error("the terminals never change")
	}
}

func TestKeyboard(t *testing.T) {
	f := cable()
	p := open(t, f, viewer.Options{})
	last := len(f.Events) - 1
	p.press(kb.Home)
	want(p, `socklab.now`, 0)
	p.press(".", ".", ",")
	want(p, `socklab.now`, 1)
	p.press(kb.End)
	want(p, `socklab.now`, last)
	p.press(kb.ArrowLeft)
	want(p, `socklab.time`, float64(f.Events[last].At)-float64(f.Events[last].At-f.Events[0].At)/20)
	p.press(kb.ArrowRight)
	want(p, `socklab.now`, last)
	p.press(kb.Home, kb.ArrowDown, kb.ArrowDown)
	want(p, `document.querySelector(".script .lit .code").textContent`, "send bob 'connect s 10.0.0.1:8000'")
	p.press(kb.ArrowUp)
	want(p, `document.querySelector(".script .lit .code").textContent`, "spawn bob socksh")
	p.slash()
	p.press("r", "e", "f", "u", "s", "e", "d")
	want(p, `socklab.model.events[socklab.now].kind`, "refused")
	want(p, `document.querySelector(".hits").textContent`, "1 of 2")
	p.press(kb.Enter)
	want(p, `document.querySelector(".hits").textContent`, "2 of 2")
	p.press("zzz")
	want(p, `document.querySelector(".hits").textContent`, "not found")
	p.press(kb.Escape)
	// Space plays from the beginning, at the slowest speed for minutes; time goes on
	// until space stops it, or until the end.
	p.press(kb.End, "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-")
	p.press(" ")
	want(p, `socklab.playing`, true)
	want(p, `socklab.now < socklab.model.events.length - 1`, true)
	p.run(chromedp.Poll[chromedp.Void](`socklab.time > socklab.model.start`))
	p.press(" ")
	want(p, `socklab.playing`, false)
	p.press("+", "+", "+", "+", "+", "+", "+", "+", "+", "+", " ")
	p.run(chromedp.Poll[chromedp.Void](`!socklab.playing`))
	want(p, `socklab.now`, last)
	// The slider is heard by screen readers.
	p.press(kb.Home)
	if text := ask[string](p, `document.querySelector(".slider").getAttribute("aria-valuetext")`); !strings.HasPrefix(text, "0.002 s, line ") {
		t.Errorf("the slider says %q", text)
	}
	want(p, `Array.from(document.querySelectorAll("button, input, select")).filter(e => !(e.textContent.trim() || e.getAttribute("aria-label"))).length`, 0)
}

func TestScrubbed(t *testing.T) {
	f := cable()
	p := open(t, f, viewer.Options{})
	ask[bool](p, `(s => (s.value = String((Number(s.min) + Number(s.max)) / 2), s.dispatchEvent(new Event("input")), true))(document.querySelector(".slider"))`)
	now := ask[int](p, `socklab.now`)
	half := (f.Events[0].At + f.Events[len(f.Events)-1].At) / 2
	if f.Events[now].At > half || f.Events[now+1].At <= half {
		t.Errorf("in the middle of the time event %d is shown, at %d", now, f.Events[now].At)
	}
	if future := ask[int](p, `document.querySelectorAll(".row.future").length`); future == 0 {
		t.Error("nothing is in the future")
	}
}

// A recording without steps has the script's headings in their place.
func TestHeadings(t *testing.T) {
	f := passed()
	f.Events = slices.DeleteFunc(f.Events, func(e recording.Event) bool { return e.Kind == "step" })
	p := open(t, f, viewer.Options{})
	want(p, `Array.from(document.querySelectorAll(".row.step .said"), e => e.textContent.slice(0, 12)).join("|")`, "Alice is in |The cable is|The cable is")
	p.run(chromedp.Click(chromedp.CSS(".script li:nth-child(6) button")))
	want(p, `document.querySelector(".script .lit .code").textContent`, "unplug home")
}

func TestFailedRun(t *testing.T) {
	f := cable()
	p := open(t, f, viewer.Options{})
	for _, text := range []string{"wrong bytes", "Step 3 of 3", "^one two", "The kernel sends again", "What happened"} {
		if failure := p.text(".failure"); !strings.Contains(failure, text) {
			t.Errorf("no %q in:\n%s", text, failure)
		}
	}
	want(p, `document.querySelector(".failure mark").textContent`, "o")
	// The page opens at the moment when the first wrong byte came.
	want(p, `socklab.model.events[socklab.now].text`, "one two")
	want(p, `document.querySelector(".lines .now").textContent`, "one two")
	want(p, `document.querySelector(".lines .wrong").textContent`, "o")
	want(p, `document.querySelector(".script .fails .code").textContent`, "expect alice '^one two'")
	want(p, `document.querySelector(".script .lit .code").textContent`, "expect alice '^one two'")
	p.picture("failed-light", 1400, 1000, false)
	p.picture("failed-dark", 1400, 1000, true)
	p.picture("failed-phone", 390, 1700, false)
	p.picture("failed-phone-dark", 390, 844, true)
	if wide := ask[int](p, `document.documentElement.scrollWidth`); os.Getenv("PICTURES") != "" && wide > 390 {
		t.Errorf("on a phone the page is %d wide", wide)
	}
}

// A page of somebody who says nothing more opens where the wait for that began.
func TestHung(t *testing.T) {
	f := cable()
	last := &f.Events[len(f.Events)-1]
	last.Failure = marshal(map[string]any{"line": last.Line, "command": "expect", "subject": "late", "kind": "hung", "why": "late says nothing more",
		"differs": map[string]any{"expected": "^= 4$", "got": "nothing more"}})
	p := open(t, f, viewer.Options{})
	want(p, `socklab.model.events[socklab.now].kind`, "begin")
	want(p, `document.querySelector(".script .lit .code").textContent`, "expect alice '^one two'")
}

func TestBeside(t *testing.T) {
	p := open(t, cable(), viewer.Options{Beside: passed()})
	want(p, `document.querySelectorAll(".player").length`, 2)
	p.press(kb.Home, kb.ArrowDown, kb.ArrowDown, kb.ArrowDown)
	want(p, `Array.from(document.querySelectorAll(".script .lit .code"), e => e.textContent).join("|")`, "accept door alice|accept door alice")
	p.press("3")
	want(p, `Array.from(document.querySelectorAll(".depths [aria-pressed=true]"), e => e.firstChild.data).join("|")`, "packets|packets")
	for _, width := range ask[[]int](p, `Array.from(document.querySelectorAll(".player"), e => e.clientWidth)`) {
		if width < 500 || width > 700 {
			t.Errorf("of a window of 1400 pixels, one of two players has %d", width)
		}
	}
	p.picture("beside", 1800, 1000, true)
}

// On paper the whole diagram is there, and as much as can be of the rest.
func TestPrinted(t *testing.T) {
	p := open(t, cable(), viewer.Options{})
	p.press("1")
	before := ask[int](p, `document.querySelectorAll(".row").length`)
	paper, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("PICTURES"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "paper.pdf"), paper, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want(p, `document.querySelectorAll(".row").length`, before)
	rows := ask[int](p, `dispatchEvent(new Event("beforeprint")), document.querySelectorAll(".row").length`)
	if want := ask[int](p, `socklab.diagram.rows.length`); rows != want {
		t.Errorf("%d rows are printed, want %d", rows, want)
	}
}

// Ten thousand events are shown without a stall: a step among them costs little more
// than one among a tenth of them.
func TestManyEvents(t *testing.T) {
	all.Skip(t)
	few := steps(t, 1_000)
	many := steps(t, 10_000)
	t.Logf("ms for a step at the median: %.1f among 1,000 events, %.1f among 10,000", few, many)
	if many > 4*few {
		t.Errorf("a step takes %.1f times as long among ten times the events, want at most 4", many/few)
	}
}

// steps gives how long a step costs the page's thread, in milliseconds at the median:
// from the key to the frame that shows what it did, by steps of one event and by jumps
// of any length, at each depth. The thread's own time is taken: others on this machine
// don't count.
func steps(t *testing.T, events int) float64 {
	f := long(events)
	p := open(t, f, viewer.Options{})
	call(p, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	busy := func() float64 {
		metrics, err := chromedp.Call(p.ctx, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range metrics.Metrics {
			if m.Name == "TaskDuration" {
				return m.Value * 1000
			}
		}
		t.Fatal("the browser doesn't count TaskDuration")
		return 0
	}
	var times []float64
	for step := range 120 {
		move := `document.body.dispatchEvent(new KeyboardEvent("keydown", {key: ".", bubbles: true}))`
		if step%2 == 0 {
			move = fmt.Sprintf("socklab.seek(%d)", step*104729*1000%int(f.Events[len(f.Events)-1].At))
		}
		if step%40 == 0 {
			p.press(fmt.Sprint(step/40 + 1))
		}
		before := busy()
		ask[bool](p, `new Promise(shown => {
			`+move+`;
			requestAnimationFrame(() => {
				const painted = new MessageChannel();
				painted.port1.onmessage = () => shown(true);
				painted.port2.postMessage(0);
			});
		})`)
		times = append(times, busy()-before)
	}
	slices.Sort(times)
	if elements := ask[int](p, `document.querySelectorAll("*").length`); elements > 10_000 {
		t.Errorf("%d elements are in the page", elements)
	}
	p.picture(fmt.Sprint("long-", events), 1400, 1000, true)
	return times[len(times)/2]
}

// What is hostile is text.
func TestHostileText(t *testing.T) {
	const hostile = "</script><script>window.owned = 1</script><img src=x onerror='window.owned=1'>\x1b]0;owned\a\x1b[2J\u202egnp.exe\u2028<!--\x00"
	f := &film{file: recording.File{Header: recording.Header{Format: recording.Format, Version: 1, Script: hostile, Text: "# " + hostile + "\nspawn " + hostile + "\n", Machine: hostile, Programs: map[string]string{hostile: hostile}}}}
	f.file.Notes = []string{hostile}
	f.begin("spawn " + hostile)
	for _, layer := range []string{"screen", "stream", "packets", "syscalls", "script", hostile} {
		for _, kind := range []string{"start", "out", "in", "exit", "data", "packet", "lost", "call", "fault", "step", "constructor", "__proto__", hostile} {
			f.add(layer, kind, hostile, "__proto__", hostile)
			f.add(layer, kind, "constructor", hostile, "\xff"+hostile)
		}
	}
	f.add("script", "verdict", "", "", hostile)
	all := []string{hostile, hostile}
	failure := map[string]any{"kind": hostile, "sentence": hostile, "command": hostile, "subject": hostile, "why": hostile, "errno": hostile, "notes": all, "besides": hostile, "page": hostile,
		"differs": map[string]any{"expected": hostile, "got": hostile, "at": 10, "wanted": hostile, "hints": all},
		"actors":  []any{map[string]any{"name": hostile, "role": hostile, "state": hostile, "listening": all, "findings": []any{map[string]any{"text": hostile}}}}}
	f.file.Events[len(f.file.Events)-1].Failure = marshal(failure)
	p := open(t, &f.file, viewer.Options{})
	for _, key := range []string{"1", "2", "3", "4", kb.Home, ".", kb.End, " "} {
		p.press(key)
	}
	p.run(chromedp.Click(chromedp.CSS(".table summary")))
	want(p, `window.owned === undefined`, true)
	want(p, `document.querySelectorAll("img, script").length`, 2)
	want(p, `/[\x00-\x08\x0e-\x1f\x7f-\x9f\u202e\u2028]/.test(document.querySelector("main").textContent)`, false)
	if title := ask[string](p, `document.querySelector("h1").textContent`); !strings.HasPrefix(title, "</script><script>") || !strings.Contains(title, `\x1b]0;owned\x07`) {
		t.Errorf("title %q", title)
	}
	p.picture("hostile", 1400, 1000, false)
}

// What has little in it is shown, too.
func TestLittle(t *testing.T) {
	need.Skip(t, "chromium")
	header := recording.Header{Format: recording.Format, Version: 1}
	for name, f := range map[string]*recording.File{
		"nothing":     {Header: header, Notes: []string{"No event was recorded."}},
		"one event":   {Header: header, Events: []recording.Event{{Layer: "screen", Kind: "out", Actor: "a", Text: []byte("x")}}},
		"no names":    {Header: header, Events: []recording.Event{{Layer: "stream", Kind: "data"}, {Layer: "screen", Kind: "out"}, {Layer: "x"}}},
		"odd failure": {Header: header, Events: []recording.Event{{Layer: "script", Kind: "verdict", Line: 900, Text: []byte("failed"), Failure: []byte(`{"kind":{},"why":[],"subject":7,"waited":"long","notes":5,"differs":{"at":"x","got":5},"actors":[0,{}]}`)}}},
		"no object":   {Header: header, Events: []recording.Event{{Layer: "script", Kind: "verdict", Failure: []byte(`"x"`)}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, f, viewer.Options{})
			ask[bool](p, `(async () => {
				for (const key of ["Home", ".", ",", "1", "2", "3", "4", "End", "ArrowLeft", "ArrowDown", " ", " "]) {
					document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
					await new Promise(requestAnimationFrame);
				}
				return true;
			})()`)
			want(p, `document.querySelectorAll(".player").length`, 1)
		})
	}
}

package site_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
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
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"socklab/tools/course/path"
	"socklab/tools/course/serve"
	"socklab/tools/course/site"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/viewer"
)

// A tab is a page in the browser, and what it did that it should not.
type tab struct {
	t      *testing.T
	ctx    context.Context
	folder string // of the site

	mu    sync.Mutex
	other string // where else it may ask
	wrong []string
}

// open starts the browser, with an empty tab.
func open(t *testing.T, folder string) *tab {
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("chromium"),
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache"), chromedp.Flag("process-per-site", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) })
	p := &tab{t: t, ctx: ctx, folder: folder}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("start chromium:", err)
	}
	inside := (&url.URL{Scheme: "file", Path: folder}).String()
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			p.blame("exception: %s", e.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			p.blame("console: %s", e.Type)
		case *log.EventEntryAdded:
			p.blame("log: %s", e.Entry.Text)
		case *network.EventRequestWillBeSent:
			p.mu.Lock()
			other := p.other
			p.mu.Unlock()
			if to := e.Request.URL; !strings.HasPrefix(to, inside+"/") && (other == "" || !strings.HasPrefix(to, other)) && !strings.HasPrefix(to, "data:") {
				p.blame("request to %s", to)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
	p.run(chromedp.EmulateViewport(1280, 900))
	return p
}

func (p *tab) blame(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

// visit shows a page of the site.
func (p *tab) visit(name string) {
	p.t.Helper()
	p.run(chromedp.Navigate((&url.URL{Scheme: "file", Path: filepath.Join(p.folder, name)}).String()))
}

func (p *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
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
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Minute)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(expression, err, p.wrong)
	}
	return value
}

func want[T comparable](p *tab, expression string, value T) {
	p.t.Helper()
	if got := ask[T](p, expression); got != value {
		p.t.Errorf("%s: got %v, want %v", expression, got, value)
	}
}

// picture takes a screenshot where PICTURES names a folder.
func (p *tab) picture(name string) {
	folder := os.Getenv("PICTURES")
	if folder == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		for _, width := range []int64{1280, 390} {
			p.run(chromedp.EmulateViewport(width, 1000))
			ask[bool](p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
			picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), picture, 0o666)
			}
			if err != nil {
				p.t.Fatal(err)
			}
		}
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	p.run(chromedp.EmulateViewport(1280, 900))
}

// laid are the rules that each page keeps, as far as a browser can tell. It is what
// breaks them.
const laid = `(() => {
	const wrong = [], find = what => Array.from(document.querySelectorAll(what));
	if (find("h1").length !== 1) wrong.push(find("h1").length + " h1");
	for (const e of find("a, button, input")) if (!(e.textContent.trim() || e.ariaLabel || e.labels?.length)) wrong.push("no name: " + e.outerHTML);
	if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page is wider than its window");
	if (document.querySelector("search").hidden) wrong.push("its scripts don't run");
	if (getComputedStyle(document.querySelector(".skip")).position !== "absolute") wrong.push("its style is not used");
	return wrong;
})()`

// TestBrowser opens pages of the site, from files, and uses it as a reader does.
func TestBrowser(t *testing.T) {
	all.Skip(t)
	need.Skip(t, "chromium")
	folder := t.TempDir()
	files := pages(t)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(filepath.Join(folder, film))
	if err != nil {
		t.Fatal(err)
	}
	event := func(at int64, layer, kind, actor, text string) recording.Event {
		return recording.Event{At: at, Layer: layer, Kind: kind, Actor: actor, Line: 1, Text: []byte(text)}
	}
	played := &recording.File{Header: recording.Header{Format: recording.Format, Version: 1, Script: "1.2-four-depths", Text: "spawn alice\nexited alice\n"}, Events: []recording.Event{
		event(0, "script", "begin", "", "spawn alice"), event(1000, "screen", "start", "alice", "echo-client"), event(2000, "screen", "out", "alice", "hello\n"), event(9000, "screen", "exit", "alice", "0"),
	}}
	if err := viewer.Write(out, played, viewer.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	p := open(t, folder)
	names := slices.Sorted(maps.Keys(files))
	slices.Reverse(names) // those that are no lessons come first
	names = slices.DeleteFunc(names, func(name string) bool { return filepath.Ext(name) != ".html" })
	for _, name := range names {
		p.visit(name)
		for _, wrong := range ask[[]string](p, laid) {
			t.Errorf("%s: %s", name, wrong)
		}
		if t.Failed() {
			break
		}
	}

	// Search, by the keyboard alone.
	p.visit("1.1-echo.html")
	p.run(chromedp.KeyEvent(kb.Tab))
	want(p, `document.activeElement.className`, "skip")
	p.run(chromedp.KeyEvent(kb.Enter))
	want(p, `document.activeElement.id`, "text")
	// (KeyEvent types what a page takes for itself.)
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/"})
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: "/", Code: "Slash"})
	want(p, `document.activeElement.id`, "search")
	p.run(chromedp.KeyEvent("Backlog QUEUE"), chromedp.WaitReady(chromedp.CSS("#found li mark")))
	want(p, `Array.from(document.querySelectorAll("#found a"), a => a.textContent).some(text => text.startsWith("3.1 "))`, true)
	p.picture("search")
	p.run(chromedp.KeyEvent(kb.ArrowDown))
	want(p, `document.activeElement === document.querySelector("#found a")`, true)
	want(p, `document.activeElement.getAttribute("href").includes(".html#")`, true)
	p.run(chromedp.KeyEvent(kb.Escape))
	want(p, `document.querySelector("#found").hidden ? document.activeElement.id : "found"`, "search")

	// A replay opens below its transcript, and closes.
	p.visit("1.2-four-depths.html")
	p.run(chromedp.Focus(chromedp.CSS(".film a")), chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS(".film iframe[data-ready]")))
	p.run(chromedp.Focus(chromedp.CSS(".film a")), chromedp.KeyEvent(kb.Enter))
	want(p, `document.querySelectorAll(".film iframe").length`, 0)
	want(p, `document.querySelectorAll("figure.sh .copy").length > 0 && document.querySelectorAll(".drawn svg").length > 0`, true)
	p.picture("four-depths")
	ask[bool](p, `document.querySelectorAll("details").forEach(d => d.open = true), document.querySelector(".drawn").scrollIntoView(), true`)
	p.picture("diagram")
	ask[bool](p, `document.querySelector("figure.go").scrollIntoView(), true`)
	p.picture("code")
	p.visit("index.html")
	p.picture("path")
	p.visit("map.html")
	p.picture("map")
	p.axe("index.html", "map.html", "1.1-echo.html", "1.2-four-depths.html", "about.html", film)
	p.plays(played)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, wrong := range p.wrong {
		t.Error(wrong)
	}
}

// axe tries the rules of axe-core on some pages, if AXE names its file.
func (p *tab) axe(names ...string) {
	p.t.Helper()
	file := os.Getenv("AXE")
	if file == "" {
		return
	}
	rules, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range names {
		p.visit(name)
		ask[bool](p, string(rules)+`;document.querySelectorAll("details").forEach(d => d.open = true), true`)
		for _, wrong := range ask[[]string](p, `axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes[0].html))`) {
			p.t.Errorf("%s: %.300s", name, wrong)
		}
	}
}

// plays visits the same pages where they are served. A button plays the script below
// what is quoted; a page of its own waits until somebody asks.
func (p *tab) plays(film *recording.File) {
	p.t.Helper()
	lessons, err := path.Read(root)
	if err != nil {
		p.t.Fatal(err)
	}
	server, err := serve.New(serve.Options{
		Site: &site.Site{Files: root, Path: lessons}, Mine: "echo-client=mine", Unwatched: time.Hour, Left: time.Hour,
		Play: func(ctx context.Context, l path.Lesson, mine bool, line func([]byte)) error {
			var text bytes.Buffer
			out, err := recording.NewWriter(&text, film.Header)
			for _, e := range film.Events {
				err = errors.Join(err, out.Write(e))
			}
			verdict := recording.Event{At: 10_000, Layer: "script", Kind: "verdict", Line: 2, Text: []byte("passed")}
			if mine {
				verdict.Text, verdict.Failure = []byte("failed"), []byte(`{"kind":"wrong bytes","sentence":"got <i>","command":"exited alice","line":2,"subject":"alice"}`)
			}
			if err := errors.Join(err, out.Write(verdict)); err != nil {
				return err
			}
			for each := range bytes.Lines(text.Bytes()) {
				line(bytes.TrimSpace(each))
			}
			return nil
		},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	defer web.CloseClientConnections()
	defer server.Close()
	p.mu.Lock()
	p.other = web.URL + "/"
	p.mu.Unlock()
	p.run(chromedp.Navigate(web.URL + "/1.2-four-depths.html"))
	// Without -prog a page begins at once where it is opened below what is quoted; with
	// it there is a choice.
	p.run(chromedp.Focus(chromedp.CSS(".film a")), chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS(".film iframe[data-ready]")))
	want(p, `document.querySelector(".film iframe").contentDocument.querySelector("#state").textContent`, "Not played yet.")
	p.run(chromedp.Navigate(web.URL + "/live.html?lesson=1.2"))
	want(p, `document.querySelector("#state").textContent`, "Not played yet.")
	p.run(chromedp.Focus(chromedp.CSS("#play")), chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS("html[data-ready]")))
	want(p, `document.querySelector("#state").textContent`, "Passed.")
	want(p, `document.querySelector("#player .terminal h3").textContent`, "alice")
	want(p, `document.querySelector("#stop").disabled`, true)
	p.run(chromedp.Focus(chromedp.CSS("#again input")), chromedp.KeyEvent(" "), chromedp.WaitReady(chromedp.CSS("html[data-ready] #state.wrong")))
	want(p, `document.querySelectorAll("#player .failure").length > 0 && document.querySelectorAll("#player i").length === 0`, true)
	p.picture("live")
	p.run(chromedp.Navigate("about:blank"))
}

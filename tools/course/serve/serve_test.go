package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"socklab/tools/course/path"
	"socklab/tools/course/site"
)

// A service is a server of a course of one lesson, whose plays go on until they are told.
type service struct {
	*Server
	t    *testing.T
	web  *httptest.Server
	told chan string // a line for a play, or "end", or "fail"
	gone chan error  // gets ctx.Err() of each play that ends

	mu              sync.Mutex
	playing, at, of int // now, at once at most, and in all
}

func start(t *testing.T, o Options) *service {
	files := fstest.MapFS{
		"lessons/README.md":   {Data: []byte("# The path\n\n## 1 Hello\n\n- [1.1 Echo](1.1-echo.md)\n")},
		"lessons/1.1-echo.md": {Data: []byte("# 1.1 Echo\n\n## Run it\n\n```console file=1.1-echo/alice.want\n$ x\n```\n")},
	}
	lessons, err := path.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, told: make(chan string), gone: make(chan error, 100)}
	o.Site = &site.Site{Files: files, Path: lessons}
	o.Play = func(ctx context.Context, l path.Lesson, mine bool, line func([]byte)) (err error) {
		s.mu.Lock()
		s.playing++
		s.at = max(s.at, s.playing)
		s.of++
		s.mu.Unlock()
		line([]byte(`{"format":"socklab-recording","version":1,"script":"` + l.Stem + `"}`))
		defer func() {
			s.mu.Lock()
			s.playing--
			s.mu.Unlock()
			s.gone <- ctx.Err()
		}()
		for {
			select {
			case text := <-s.told:
				switch text {
				case "end":
					return nil
				case "fail":
					return errors.New("it needs </script> & more")
				}
				line([]byte(text))
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if o.Unwatched == 0 {
		o.Unwatched = time.Hour
	}
	if s.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	s.web = httptest.NewServer(s.Server)
	t.Cleanup(func() {
		s.Close()
		s.web.CloseClientConnections()
		s.web.Close()
	})
	return s
}

// ask sends a request as our own page does, but for what change does to it.
func (s *service) ask(method, target, body string, change func(*http.Request)) (int, string, http.Header) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.web.URL+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("X-Socklab-Token", s.Site.Token)
	r.Header.Set("Origin", s.web.URL)
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

// play starts a play, and returns the address of its events.
func (s *service) play() string {
	s.t.Helper()
	code, text, _ := s.ask("POST", "/api/plays", `{"lesson":"1.1"}`, nil)
	var is struct{ ID string }
	if err := json.Unmarshal([]byte(text), &is); err != nil || code != 200 {
		s.t.Fatal(code, text, err)
	}
	return "/api/plays/" + is.ID
}

// A watcher reads a play's events.
type watcher struct {
	t     *testing.T
	body  io.Closer
	lines *bufio.Scanner
}

func (s *service) watch(target, last string) watcher {
	s.t.Helper()
	r, err := http.NewRequest("GET", s.web.URL+target, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatal(answer, err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	return watcher{s.t, answer.Body, bufio.NewScanner(answer.Body)}
}

// next is the next event: its id, or its name, and its data.
func (w watcher) next() string {
	w.t.Helper()
	var parts []string
	for w.lines.Scan() {
		if w.lines.Text() == "" {
			return strings.Join(parts, " ")
		}
		parts = append(parts, w.lines.Text())
	}
	w.t.Fatal("the stream has ended", w.lines.Err(), parts)
	return ""
}

// TestAttacks asks as a page of another site, a name that leads here, and somebody who
// wants another file might. Nothing is played.
func TestAttacks(t *testing.T) {
	s := start(t, Options{})
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	const lesson = `{"lesson":"1.1"}`
	port := s.web.URL[strings.LastIndex(s.web.URL, ":"):]
	for name, test := range map[string]struct {
		method, target, body string
		change               func(*http.Request)
		code                 int
	}{
		"a name that leads here":         {"GET", "/", "", host("evil.example" + port), 421},
		"such a name starts":             {"POST", "/api/plays", lesson, host("evil.example" + port), 421},
		"localhost of another port":      {"GET", "/", "", host("localhost:1"), 421},
		"another address":                {"GET", "/", "", host("10.0.0.1" + port), 421},
		"a name behind localhost":        {"GET", "/", "", host("localhost.evil.example" + port), 421},
		"no name":                        {"GET", "/", "", host("evil.example"), 421},
		"another origin":                 {"POST", "/api/plays", lesson, header("Origin", "http://evil.example"), 403},
		"no origin's page":               {"POST", "/api/plays", lesson, header("Origin", "null"), 403},
		"another port's page":            {"POST", "/api/plays", lesson, header("Origin", "http://127.0.0.1:1"), 403},
		"another site":                   {"POST", "/api/plays", lesson, header("Sec-Fetch-Site", "cross-site"), 403},
		"another port of this host":      {"POST", "/api/plays", lesson, header("Sec-Fetch-Site", "same-site"), 403},
		"another site reads":             {"GET", "/api/saves", "", header("Sec-Fetch-Site", "cross-site"), 403},
		"a form without the token":       {"POST", "/api/plays", lesson, func(r *http.Request) { r.Header.Del("X-Socklab-Token"); r.Header.Set("Content-Type", "text/plain") }, 403},
		"another token":                  {"POST", "/api/plays", lesson, header("X-Socklab-Token", "x"), 403},
		"stop without the token":         {"DELETE", "/api/plays/x", "", header("X-Socklab-Token", ""), 403},
		"a link starts":                  {"GET", "/api/plays?lesson=1.1", "", nil, 405},
		"no lesson":                      {"POST", "/api/plays", `{"lesson":"9.9"}`, nil, 404},
		"a path as lesson":               {"POST", "/api/plays", `{"lesson":"../../../tmp/mine"}`, nil, 404},
		"a script of one's own":          {"POST", "/api/plays", `{"lesson":"mine.txtar"}`, nil, 404},
		"a flag as lesson":               {"POST", "/api/plays", `{"lesson":"-prog=x=sh"}`, nil, 404},
		"a program where none was named": {"POST", "/api/plays", `{"lesson":"1.1","mine":true}`, nil, 404},
		"no JSON":                        {"POST", "/api/plays", `lesson=1.1`, nil, 400},
		"too much":                       {"POST", "/api/plays", `{"lesson":"` + strings.Repeat("1", 1<<20) + `"}`, nil, 400},
		"another file":                   {"GET", "/..%2f..%2fetc%2fpasswd", "", nil, 404},
		"a file of the program":          {"GET", "/player/..%2fviewer.go", "", nil, 404},
		"a play by guess":                {"GET", "/api/plays/1", "", nil, 404},
		"a lesson that is HTML":          {"GET", "/live.html?lesson=%3Cscript%3E", "", nil, 404},
	} {
		code, text, answer := s.ask(test.method, test.target, test.body, test.change)
		if code != test.code {
			t.Errorf("%s: code %d, want %d: %s", name, code, test.code, text)
		}
		if strings.Contains(text, s.Site.Token) || strings.Contains(answer.Get("Content-Type"), "html") {
			t.Errorf("%s: %s: %s", name, answer.Get("Content-Type"), text)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of > 0 {
		t.Errorf("%d plays began", s.of)
	}
}

// TestPages looks at what a browser gets: no page has a script inside, and each says what
// it may do.
func TestPages(t *testing.T) {
	s := start(t, Options{Mine: `x="<u>"`})
	inline := regexp.MustCompile(`<script>|<script [^>]*[^>s]>[^<]|\son[a-z]+=|javascript:`)
	for target, kind := range map[string]string{
		"/": "text/html", "/index.html": "text/html", "/1.1-echo.html": "text/html", "/map.html": "text/html", "/live.html?lesson=1.1": "text/html",
		"/site.js": "text/javascript", "/search.js": "text/javascript", "/live.js": "text/javascript", "/player/player.js": "text/javascript", "/player/player.css": "text/css",
	} {
		code, text, answer := s.ask("GET", target, "", func(r *http.Request) {
			r.Host = "localhost" + s.web.URL[strings.LastIndex(s.web.URL, ":"):]
			r.Header.Del("Origin")
		})
		if code != 200 || !strings.HasPrefix(answer.Get("Content-Type"), kind) || answer.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: code %d, %s", target, code, answer)
		}
		policy := answer.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "frame-ancestors 'self'") {
			t.Errorf("%s: policy %s", target, policy)
		}
		if kind == "text/html" && (inline.MatchString(text) || strings.Contains(text, "<u>")) {
			t.Errorf("%s: it has a script inside: %s", target, inline.FindString(text))
		}
	}
	if _, text, _ := s.ask("GET", "/1.1-echo.html", "", nil); !strings.Contains(text, `<a href="live.html?lesson=1.1-echo">▶ Play it now`) {
		t.Errorf("nothing to play: %s", text)
	}
}

// TestPlayed watches a play from two pages. The connection of one breaks, and it goes on
// where that was.
func TestPlayed(t *testing.T) {
	s := start(t, Options{Left: time.Hour})
	target := s.play()
	one, two := s.watch(target, ""), s.watch(target, "")
	want := func(w watcher, event string) {
		t.Helper()
		if got := w.next(); !strings.HasPrefix(got, event) {
			t.Errorf("got %s, want %s", got, event)
		}
	}
	want(one, `id: 0 data: {"format":"socklab-recording"`)
	s.told <- `{"at":1,"layer":"screen","kind":"out","actor":"a","text":"x"}`
	want(one, `id: 1 data: {"at":1,`)
	one.body.Close()
	s.told <- `{"at":2,"layer":"screen","kind":"out","actor":"a","text":"y"}`
	back := s.watch(target, "1")
	want(back, `id: 2 data: {"at":2,`)
	s.told <- "fail"
	for _, w := range []watcher{back, two} {
		if w == two {
			for range 3 {
				w.next()
			}
		}
		want(w, `event: end data: {"error":"it needs \u003c/script\u003e \u0026 more"}`)
	}
	// Who comes late has it all.
	late := s.watch(target, "")
	for n := range 3 {
		want(late, fmt.Sprintf("id: %d ", n))
	}
	want(late, "event: end ")
}

// TestNobody ends a play that nobody watches any more, and one that nobody ever did.
func TestNobody(t *testing.T) {
	s := start(t, Options{})
	w := s.watch(s.play(), "")
	w.next()
	w.body.Close()
	if err := <-s.gone; err == nil {
		t.Error("it goes on without its page")
	}
	never := start(t, Options{Unwatched: time.Nanosecond, Left: time.Hour})
	target := never.play()
	never.Server.mu.Lock()
	p := never.plays[strings.TrimPrefix(target, "/api/plays/")]
	never.Server.mu.Unlock()
	for {
		p.mu.Lock()
		end, more := p.end, p.more
		p.mu.Unlock()
		if end != nil {
			break
		}
		<-more
	}
	if got := never.watch(target, "9").next(); !strings.Contains(got, "it was stopped") {
		t.Error(got)
	}
}

// TestStop stops a play from its page, and closes a server with another.
func TestStop(t *testing.T) {
	s := start(t, Options{Left: time.Hour})
	target := s.play()
	w := s.watch(target, "")
	w.next()
	if code, text, _ := s.ask("DELETE", target, "", nil); code != 200 {
		t.Error(code, text)
	}
	if got := w.next(); got != `event: end data: {"error":"it was stopped"}` {
		t.Error(got)
	}
	<-s.gone
	other := s.watch(s.play(), "")
	other.next()
	s.Close()
	if err := <-s.gone; err == nil {
		t.Error("it goes on without its server")
	}
}

// TestQueue has twenty pages ask at once: two are served, the others wait for their turn,
// and one more is told to come again.
func TestQueue(t *testing.T) {
	s := start(t, Options{Left: time.Hour, AtOnce: 2, Waiting: 18})
	var all []watcher
	for range 20 {
		all = append(all, s.watch(s.play(), ""))
	}
	if code, text, _ := s.ask("POST", "/api/plays", `{"lesson":"1.1"}`, nil); code != 503 || !strings.Contains(text, "try again") {
		t.Error(code, text)
	}
	for range all {
		s.told <- "end"
		if err := <-s.gone; err != nil {
			t.Error(err)
		}
	}
	for _, w := range all {
		w.next()
		if got := w.next(); got != "event: end data: {}" {
			t.Error(got)
		}
	}
	if s.at > 2 || s.of != 20 {
		t.Errorf("%d at once, %d in all", s.at, s.of)
	}
	w := s.watch(s.play(), "") // there is room again
	w.next()
}

// TestSaved tells a page of saves, of those since it has come.
func TestSaved(t *testing.T) {
	s := start(t, Options{})
	s.Saved()
	w := s.watch("/api/saves", "")
	s.Saved()
	if got := w.next(); got != "data: 2" {
		t.Error(got)
	}
}

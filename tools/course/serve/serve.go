// Package serve serves the course's pages to a browser on this machine, and plays
// scripts of the course for it. A page gets what happens while it happens: each line of
// the recording's file, as server-sent events (text/event-stream, in the HTML Standard).
//
// Pages of other sites can neither start a play nor read one. Who asks must have called
// the server by an address of its own or localhost (so no other name may lead here), and
// to start or stop something needs a token that only the server's own pages have.
package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"socklab/tools/course/path"
	"socklab/tools/course/site"
	"socklab/tools/course/typeset"
	"socklab/tools/harness/drawn"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/viewer"
)

//go:embed page
var assets embed.FS

// Options are what a server serves.
type Options struct {
	Site *site.Site // New sets its Token
	// Play plays a lesson's script, with the learner's programs if mine is set. It hands
	// over each line of the recording's file when it is there. It ends soon when ctx does.
	Play func(ctx context.Context, l path.Lesson, mine bool, line func([]byte)) error
	Mine string // the programs of the learner's, in words; "": there are none

	AtOnce, Waiting int           // how many plays; DefaultAtOnce and DefaultWaiting if they are 0
	Unwatched       time.Duration // a play ends if nobody has watched it for so long since it was asked for
	Left            time.Duration // a play ends so long after the last who watched it has gone
}

// What Options have if they say nothing.
const (
	DefaultAtOnce, DefaultWaiting = 2, 20
	// DefaultLeft lets a connection come back.
	DefaultLeft = 15 * time.Second
)

const (
	keep    = 20       // plays that ended, and can still be read
	most    = 32 << 20 // bytes of a play's lines
	maxBody = 4 << 10
)

// A Server is an http.Handler.
type Server struct {
	Options
	pages map[string][]byte
	mux   *http.ServeMux
	slots chan struct{}
	ctx   context.Context
	close context.CancelFunc
	going sync.WaitGroup // plays

	mu    sync.Mutex
	plays map[string]*play
	ended []string // their ids, the first first
	open  int      // plays that have not ended
	saves chan struct{}
	saved int
}

// New makes the pages.
func New(o Options) (*Server, error) {
	o.AtOnce, o.Waiting = first(o.AtOnce, DefaultAtOnce), first(o.Waiting, DefaultWaiting)
	s := &Server{Options: o, pages: map[string][]byte{}, mux: http.NewServeMux(), slots: make(chan struct{}, o.AtOnce), plays: map[string]*play{}, saves: make(chan struct{})}
	s.ctx, s.close = context.WithCancel(context.Background())
	s.Site.Token = rand.Text()
	if err := s.Site.Each(func(f site.File) error { s.pages[f.Name] = f.Text; return nil }); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /{$}", s.index)
	s.mux.HandleFunc("GET /index.html", s.index)
	s.mux.HandleFunc("GET /live.html", s.live)
	s.mux.HandleFunc("GET /player/{name}", s.player)
	s.mux.HandleFunc("GET /{name}", s.page)
	s.mux.HandleFunc("POST /api/plays", s.begin)
	s.mux.HandleFunc("DELETE /api/plays/{id}", s.stop)
	s.mux.HandleFunc("GET /api/plays/{id}", s.events)
	s.mux.HandleFunc("GET /api/saves", s.watch)
	return s, nil
}

func first(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Close ends all plays, and waits until they have.
func (s *Server) Close() {
	s.mu.Lock()
	s.close()
	s.mu.Unlock()
	s.going.Wait()
}

// Saved tells the pages that a program of the learner's has changed.
func (s *Server) Saved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved++
	close(s.saves)
	s.saves = make(chan struct{})
}

// ServeHTTP answers those alone who may ask.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' '"+site.StyleHash()+"'; connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	if !ours(r) {
		http.Error(w, "socklab serve: call it by its address, or as localhost", http.StatusMisdirectedRequest)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		http.Error(w, "socklab serve: a page of another site asked", http.StatusForbidden)
		return
	}
	if from := r.Header.Get("Sec-Fetch-Site"); strings.HasPrefix(r.URL.Path, "/api/") && from != "" && from != "same-origin" {
		http.Error(w, "socklab serve: a page of another site asked", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mux.ServeHTTP(w, r)
}

// ours reports whether somebody named this server by the address at which the call
// came in, or as localhost. Any other name may be somebody's who makes it lead here
// (DNS rebinding).
func ours(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	at, ok := local.(*net.TCPAddr)
	if !ok {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), "80"
	}
	if port != strconv.Itoa(at.Port) {
		return false
	}
	return host == "localhost" && at.IP.IsLoopback() || net.ParseIP(host).Equal(at.IP)
}

// trusted reports whether a request has the token, and answers if it has not.
func (s *Server) trusted(w http.ResponseWriter, r *http.Request) bool {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Socklab-Token")), []byte(s.Site.Token)) == 1 {
		return true
	}
	http.Error(w, "socklab serve: the page is not of this server as it runs now: load it again", http.StatusForbidden)
	return false
}

func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	text, err := s.Site.Index()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, "index.html", text)
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, ok := s.pages[name]
	if name == "live.js" || name == "live.css" {
		text, _ = assets.ReadFile("page/" + name)
		ok = true
	}
	if !ok {
		http.Error(w, "socklab serve: there is no such page", http.StatusNotFound)
		return
	}
	send(w, name, text)
}

func (s *Server) player(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, err := fs.ReadFile(viewer.Page(), name)
	if err != nil || !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".css") {
		http.Error(w, "socklab serve: there is no such file", http.StatusNotFound)
		return
	}
	send(w, name, text)
}

func send(w http.ResponseWriter, name string, text []byte) {
	kind := "text/html; charset=utf-8"
	switch {
	case strings.HasSuffix(name, ".js"):
		kind = "text/javascript; charset=utf-8"
	case strings.HasSuffix(name, ".css"):
		kind = "text/css; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Write(text)
}

// live is the page on which a lesson is played.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	l, err := s.Site.Path.Find(r.URL.Query().Get("lesson"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	text, _ := assets.ReadFile("page/live.html")
	page := strings.NewReplacer("{{token}}", typeset.Text(s.Site.Token), "{{lesson}}", typeset.Text(l.Number), "{{name}}", typeset.Text(l.Name()), "{{mine}}", typeset.Text(s.Mine)).Replace(string(text))
	send(w, "live.html", []byte(page))
}

// A play is a script that is played, or waits for its turn, or has ended.
type play struct {
	stop context.CancelFunc

	mu      sync.Mutex
	lines   [][]byte // of the recording
	bytes   int
	end     []byte // what became of it; nil: it goes on
	more    chan struct{}
	readers int
	alone   *time.Timer // ends it
}

// add hands a line to all who read.
func (p *play) add(line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes += len(line); p.bytes > most || p.end != nil {
		return
	}
	p.lines = append(p.lines, bytes.Clone(line))
	p.wake()
}

func (p *play) wake() {
	close(p.more)
	p.more = make(chan struct{})
}

// An end is the last thing that a page hears of a play.
type end struct {
	Error   string                  `json:"error,omitempty"`
	Screens map[string]drawn.Screen `json:"screens,omitempty"`
}

func (p *play) over(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var e end
	if err != nil {
		e.Error = err.Error()
	}
	if film, err := recording.Read(bytes.NewReader(bytes.Join(p.lines, []byte("\n")))); err == nil {
		e.Screens = drawn.Screens(film.Events)
	}
	p.end, err = json.Marshal(e)
	if err != nil {
		p.end = []byte("{}")
	}
	p.alone.Stop()
	p.wake()
}

// begin starts a play, or has it wait for its turn.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) {
	if !s.trusted(w, r) {
		return
	}
	var want struct {
		Lesson string `json:"lesson"`
		Mine   bool   `json:"mine"`
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		http.Error(w, "socklab serve: want {\"lesson\": \"1.1\"}", http.StatusBadRequest)
		return
	}
	l, err := s.Site.Path.Find(want.Lesson)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	if want.Mine && s.Mine == "" {
		http.Error(w, "socklab serve: no program was named with -prog", http.StatusNotFound)
		return
	}
	ctx, stop := context.WithCancel(s.ctx)
	p := &play{stop: stop, more: make(chan struct{})}
	p.alone = time.AfterFunc(s.Unwatched, stop)
	id := rand.Text()
	s.mu.Lock()
	if s.open >= s.AtOnce+s.Waiting || s.ctx.Err() != nil {
		s.mu.Unlock()
		stop()
		http.Error(w, "socklab serve: too many scripts wait to be played: try again when one has ended", http.StatusServiceUnavailable)
		return
	}
	s.open++
	s.plays[id] = p
	s.going.Go(func() {
		defer stop()
		err := s.play(ctx, l, want.Mine, p)
		p.over(err)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		if s.ended = append(s.ended, id); len(s.ended) > keep {
			delete(s.plays, s.ended[0])
			s.ended = slices.Delete(s.ended, 0, 1)
		}
	})
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, "{\"id\": %q}\n", id)
}

var errStopped = errors.New("it was stopped")

func (s *Server) play(ctx context.Context, l path.Lesson, mine bool, p *play) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return errStopped
	}
	err := s.Play(ctx, l, mine, p.add)
	if ctx.Err() != nil {
		return errStopped
	}
	return err
}

// find is the play that a request names.
func (s *Server) find(w http.ResponseWriter, r *http.Request) *play {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.plays[r.PathValue("id")]
	if p == nil {
		http.Error(w, "socklab serve: there is no such play any more", http.StatusNotFound)
	}
	return p
}

func (s *Server) stop(w http.ResponseWriter, r *http.Request) {
	if !s.trusted(w, r) {
		return
	}
	if p := s.find(w, r); p != nil {
		p.stop()
	}
}

// events streams a play from its beginning, or from where a connection has broken.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	p := s.find(w, r)
	if p == nil {
		return
	}
	next := 0
	if last, err := strconv.Atoi(r.Header.Get("Last-Event-ID")); err == nil && last >= 0 && last < 1<<30 {
		next = last + 1
	}
	p.mu.Lock()
	p.readers++
	p.alone.Stop()
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.readers--; p.readers == 0 && p.end == nil {
			p.alone.Reset(s.Left)
		}
	}()
	out := stream(w)
	for {
		p.mu.Lock()
		lines, end, more := p.lines[min(next, len(p.lines)):], p.end, p.more
		p.mu.Unlock()
		for _, line := range lines {
			if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", next, line); err != nil {
				return
			}
			next++
		}
		if end != nil {
			fmt.Fprintf(w, "event: end\ndata: %s\n\n", end)
			out.Flush()
			return
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-more:
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// watch tells a page of each save, from now on.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	out := stream(w)
	s.mu.Lock()
	seen := s.saved
	s.mu.Unlock()
	for {
		s.mu.Lock()
		saved, more := s.saved, s.saves
		s.mu.Unlock()
		if saved != seen {
			seen = saved
			fmt.Fprintf(w, "data: %d\n\n", saved)
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-more:
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

func stream(w http.ResponseWriter) *http.ResponseController {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return http.NewResponseController(w)
}

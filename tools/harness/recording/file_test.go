package recording

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

const header = `{"format":"socklab-recording","version":1,"script":"1.1-echo","text":"# One.\n"}` + "\n"

func TestWritten(t *testing.T) {
	h := Header{Script: "1.1-echo", Text: "# One.\n", Programs: map[string]string{"alice": "echo-client"}, Machine: "linux/amd64", Date: time.Date(2026, 11, 28, 16, 45, 12, 0, time.UTC)}
	events := []Event{
		{At: 1, Layer: "script", Kind: "begin", Line: 2, Text: []byte("spawn alice echo-client </script>")},
		{At: 2, Layer: "screen", Kind: "out", Actor: "alice", Text: []byte("caf\xe9\x00")},
		{At: 3, Layer: "stream", Kind: "data", Actor: "alice", Peer: "bob", Text: []byte("héllo\r\n\u2028")},
		{At: 4, Layer: "packets", Kind: "packet", Actor: "alice", Peer: "bob", Text: []byte("SYN"), Frame: []byte{0, 1, 255}},
		{At: 9, Layer: "script", Kind: "verdict", Text: []byte("failed"), Failure: json.RawMessage(`{"kind":"hung"}`)},
	}
	var b bytes.Buffer
	w, err := NewWriter(&b, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(b.String(), "\n"); n != len(events)+1 {
		t.Errorf("%d lines for a header and %d events", n, len(events))
	}
	f, err := Read(&b)
	if err != nil || len(f.Notes) > 0 {
		t.Fatal(err, f.Notes)
	}
	h.Format, h.Version = Format, Version
	if !reflect.DeepEqual(f.Header, h) {
		t.Errorf("header\n%+v, want\n%+v", f.Header, h)
	}
	if !reflect.DeepEqual(f.Events, events) {
		t.Errorf("events\n%+v, want\n%+v", f.Events, events)
	}
}

// TestBadFiles checks that errors in a file are noted, and that its good lines are
// read.
func TestBadFiles(t *testing.T) {
	const out = `{"at":5,"layer":"screen","kind":"out","actor":"a","text":"x"}` + "\n"
	for name, test := range map[string]struct {
		file   string
		err    string // in the error
		events int
		note   string // in the notes
	}{
		"empty":            {"", "the file is empty", 0, ""},
		"blank":            {"\n", "the file is empty", 0, ""},
		"asciicast":        {`{"version":3,"term":{"cols":80,"rows":24}}` + "\n", "asciicast", 0, ""},
		"pcapng":           {"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00", "pcapng file", 0, ""},
		"another tool":     {`{"format":"har","version":1}` + "\n", `the format "har"`, 0, ""},
		"text":             {"hello, world\n", `"hello, world"`, 0, ""},
		"hostile":          {"\x1b]0;owned\a\n", `\x1b`, 0, ""},
		"gzip":             {"\x1f\x8b\x08\n", "gunzip", 0, ""},
		"version 0":        {strings.Replace(header, `"version":1`, `"version":0`, 1), "version from 1 on; got 0", 0, ""},
		"newer":            {strings.Replace(header, `"version":1`, `"version":7`, 1) + out, "", 1, "version 7"},
		"header alone":     {header, "", 0, "No event"},
		"no newline":       {header + strings.TrimSpace(out), "", 1, ""},
		"cut":              {header + out + out[:30], "", 1, "line, 3, is cut in the middle"},
		"cut in a string":  {header + out + `{"at":5,"layer":"screen","text":"\u00`, "", 1, "cut in the middle"},
		"cut header":       {header[:40], "cut in the middle", 0, ""},
		"garbage between":  {header + "garbage\x1b\n" + out, "", 1, `"garbage\x1b"`},
		"much garbage":     {header + strings.Repeat("{}\n", 50) + out, "", 1, "50 lines in all"},
		"wrong types":      {header + `{"at":"soon","layer":"screen"}` + "\n" + out, "", 1, "Line 2"},
		"before the start": {header + `{"at":-5,"layer":"screen"}` + "\n" + out, "", 1, "Line 2"},
		"unknown":          {header + `{"at":5,"layer":"smell","kind":"new","what":[1]}` + "\n", "", 1, ""},
		"bad base64":       {header + `{"at":5,"layer":"screen","b64":"?"}` + "\n" + out, "", 1, "Line 2"},
		"a wrong header":   {`{"format":"socklab-recording","version":1,"text":5,"script":"1.1"}` + "\n" + out, "", 1, "in part only"},
		"CR LF":            {strings.ReplaceAll(header+out, "\n", "\r\n"), "", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Read(strings.NewReader(test.file))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %s in it", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(f.Notes, "\n"); len(f.Events) != test.events || !strings.Contains(notes, test.note) || test.note == "" && notes != "" {
				t.Errorf("%d events, notes %q; want %d, and %q", len(f.Events), notes, test.events, test.note)
			}
		})
	}
}

// TestEndless reads a file without end, in bounded memory.
func TestEndless(t *testing.T) {
	event := `{"at":5,"layer":"screen","kind":"out","actor":"a","text":"` + strings.Repeat("x", 1000) + `"}` + "\n"
	for name, test := range map[string]struct {
		repeated string
		events   int
		note     string
	}{
		"events":     {event, 60_000, "There is more"},
		"one line":   {strings.Repeat("x", 1<<20), 0, "Line 2 is longer than 32 MiB"},
		"tiny lines": {`{"at":5,"layer":"screen"}` + "\n", maxEvents, "There is more"},
		"blank":      {"\n", 0, "There is more"},
	} {
		t.Run(name, func(t *testing.T) {
			endless := io.LimitReader(io.MultiReader(strings.NewReader(header), &repeater{text: test.repeated}), 80<<20)
			f, err := Read(endless)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Events) < test.events || len(f.Events) > maxEvents {
				t.Errorf("%d events", len(f.Events))
			}
			if notes := strings.Join(f.Notes, "\n"); !strings.Contains(notes, test.note) {
				t.Errorf("notes %q, want %q in them", notes, test.note)
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > 300<<20 {
				t.Errorf("%d MiB in use", m.HeapAlloc>>20)
			}
			runtime.KeepAlive(f)
		})
	}
}

// A repeater is a reader that repeats a text without end.
type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(b []byte) (n int, err error) {
	for n < len(b) {
		c := copy(b[n:], r.text[r.at:])
		n, r.at = n+c, (r.at+c)%len(r.text)
	}
	return n, nil
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header + `{"at":5,"layer":"screen","kind":"out","actor":"a","b64":"/w=="}` + "\n"))
	f.Add([]byte(header + `{"at":5,"layer":"script","kind":"verdict","failure":{"kind":"hung"}}` + "\nx"))
	f.Add([]byte(`{"format":"socklab-recording","version":2}` + "\n{}\n\n[1]\nnull\n\"x\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		read, err := Read(bytes.NewReader(file))
		if err != nil {
			return
		}
		// Events that were read can be written, and read again unchanged.
		var b bytes.Buffer
		w, err := NewWriter(&b, read.Header)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range read.Events {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
		again, err := Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Events) != len(read.Events) {
			t.Fatalf("%d events, written and read %d", len(read.Events), len(again.Events))
		}
		for i, e := range again.Events {
			if !bytes.Equal(e.Text, read.Events[i].Text) || e.At != read.Events[i].At {
				t.Fatalf("event %d: %+v, want %+v", i, e, read.Events[i])
			}
		}
	})
}

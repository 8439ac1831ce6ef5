package recording

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

const (
	// Format is the name of the format, in the file's first line.
	Format = "socklab-recording"
	// Version is the version that a Writer writes.
	Version = 1
)

// Limits on what a reader keeps of a file.
const (
	maxLine   = 32 << 20 // bytes of one line
	maxBytes  = 64 << 20 // bytes of all lines
	maxEvents = 100_000
	maxLines  = 1_000_000
)

// A Header is the first line of a file.
type Header struct {
	Format   string            `json:"format"`
	Version  int               `json:"version"`
	Script   string            `json:"script"`             // its name, such as 1.1-echo
	Text     string            `json:"text"`               // the whole script
	Programs map[string]string `json:"programs,omitempty"` // the command of each actor; Read takes those of the start events
	Machine  string            `json:"machine,omitempty"`  // such as linux/amd64, Linux 6.18
	Date     time.Time         `json:"date,omitzero"`
}

// A Writer writes a file, without a buffer. So the file of a killed run has
// everything up to the end.
type Writer struct{ w io.Writer }

// NewWriter writes the header, and sets its Format and Version.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	h.Format, h.Version = Format, Version
	out := &Writer{w}
	return out, out.line(h)
}

// Write writes an event, as one line in one call of Write.
func (w *Writer) Write(e Event) error { return w.line(e) }

func (w *Writer) line(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	_, err = w.w.Write(append(line, '\n'))
	return err
}

// A File is the content of a file.
type File struct {
	Header Header
	Events []Event  // in the order of their times
	Notes  []string // what could not be read, and what was left out
}

// Read reads a file, in bounded memory. Parts that can't be read are left out and
// noted. It fails if nothing can be shown: the file is empty, another tool's, or
// unreadable.
func Read(r io.Reader) (*File, error) {
	in := &lineReader{in: bufio.NewReaderSize(r, 64<<10)}
	if start, _ := in.in.Peek(4); string(start) == "\n\r\r\n" {
		return nil, errors.New("read recording: this is a pcapng file, for Wireshark")
	}
	first, err := in.next()
	if err == errLong || err == errMuch {
		return nil, fmt.Errorf("read recording: line 1 is longer than %d MiB, and no header", maxLine>>20)
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	f := new(File)
	if err := f.readHeader(first); err != nil {
		return nil, err
	}
	f.readEvents(in)
	for _, e := range f.Events {
		if e.Layer == "screen" && e.Kind == "start" {
			if f.Header.Programs == nil {
				f.Header.Programs = map[string]string{}
			}
			f.Header.Programs[e.Actor] = string(e.Text)
		}
	}
	slices.SortStableFunc(f.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return f, nil
}

func (f *File) readHeader(line []byte) error {
	if len(line) == 0 {
		return errors.New("read recording: the file is empty; a recording's first line is its header")
	}
	var h Header
	err := json.Unmarshal(line, &h)
	if h.Format != Format {
		return fmt.Errorf("read recording: line 1: expected a header with \"format\":%q; got %s", Format, recognize(line))
	}
	switch {
	case h.Version < 1:
		return fmt.Errorf("read recording: line 1: expected a version from 1 on; got %d", h.Version)
	case h.Version > Version:
		f.note("This is version %d of the format; this socklab reads version %d, and what is new in it is not shown.", h.Version, Version)
	case err != nil:
		f.note("Line 1, the header, can be read in part only: %v.", err)
	}
	f.Header = h
	return nil
}

// recognize describes a first line that is not a recording's header.
func recognize(line []byte) string {
	switch {
	case bytes.HasPrefix(line, []byte(`{"format":"`+Format+`"`)):
		return "one that is cut in the middle"
	case bytes.HasPrefix(line, []byte("PK\x03\x04")):
		return "a zip file"
	case bytes.HasPrefix(line, []byte("\x1f\x8b")):
		return "a gzip file: gunzip it first"
	}
	var other struct{ Version, Format any }
	if json.Unmarshal(line, &other) != nil {
		return fmt.Sprintf("%.40q", line)
	}
	if other.Format != nil {
		return fmt.Sprintf("the format %.40q", fmt.Sprint(other.Format))
	}
	if other.Version != nil {
		return "what looks like an asciicast, for asciinema play"
	}
	return fmt.Sprintf("%.40q", line)
}

func (f *File) readEvents(in *lineReader) {
	bad := 0
	for {
		line, err := in.next()
		switch {
		case err == errLong:
			f.note("Line %d is longer than %d MiB, and was left out.", in.lines, maxLine>>20)
			continue
		case err == errMuch || len(f.Events) == maxEvents && len(line) > 0:
			f.note("There is more: this page has the first %d events and %d MiB.", len(f.Events), in.bytes>>20)
			return
		case err != nil && err != io.EOF:
			f.note("Reading ended behind line %d: %v.", in.lines, err)
			return
		}
		if len(bytes.TrimSpace(line)) > 0 {
			var e Event
			if wrong := json.Unmarshal(line, &e); wrong != nil || e.Layer == "" || e.At < 0 {
				switch bad++; {
				case err == io.EOF:
					f.note("The last line, %d, is cut in the middle: the run was killed, or the file is not whole.", in.lines)
				case bad <= 3:
					f.note("Line %d is no event, and was left out: %.60q.", in.lines, line)
				}
			} else {
				f.Events = append(f.Events, e)
			}
		}
		if err == io.EOF {
			break
		}
	}
	if bad > 3 {
		f.note("%d lines in all are no events.", bad)
	}
	if len(f.Events) == 0 {
		f.note("No event was recorded.")
	}
}

func (f *File) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

var (
	errLong = errors.New("a line that is too long")
	errMuch = errors.New("a file that is too long")
)

// A lineReader reads lines of bounded length.
type lineReader struct {
	in    *bufio.Reader
	lines int
	bytes int // of all lines that were kept
	line  []byte
}

// next returns a line without its newline, and io.EOF with a last line that has
// none. The line is valid until the next call.
func (r *lineReader) next() ([]byte, error) {
	r.lines++
	r.line = r.line[:0]
	long := false
	for {
		piece, err := r.in.ReadSlice('\n')
		if !long {
			r.line = append(r.line, piece...)
			r.bytes += len(piece)
		}
		if r.bytes > maxBytes || r.lines > maxLines {
			return nil, errMuch
		}
		if len(r.line) > maxLine {
			long = true
			r.bytes -= len(r.line)
			r.line = r.line[:0]
		}
		switch {
		case err == bufio.ErrBufferFull:
		case err != nil && !(long && err == io.EOF):
			return r.line, err
		case long:
			return nil, errLong
		default:
			return bytes.TrimSuffix(r.line, []byte("\n")), nil
		}
	}
}

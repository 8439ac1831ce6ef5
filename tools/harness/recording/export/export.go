// Package export writes parts of a recording for the tools of others: a terminal
// as an asciicast, for asciinema's players, and the packets as pcapng, for
// Wireshark.
package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"socklab/tools/harness/recording"
)

// Terminals are the actors that have a terminal, in the order in which they come.
func Terminals(f *recording.File) (names []string) {
	for _, e := range f.Events {
		if e.Layer == "screen" && e.Actor != "" && !slices.Contains(names, e.Actor) {
			names = append(names, e.Actor)
		}
	}
	return names
}

// castHeader is the first line of an asciicast.
type castHeader struct {
	Version   int    `json:"version"`
	Term      term   `json:"term"`
	Timestamp int64  `json:"timestamp,omitempty"`
	Command   string `json:"command,omitempty"`
	Title     string `json:"title,omitempty"`
}

type term struct {
	Cols int `json:"cols"`
	Rows int `json:"rows"`
}

// Asciicast writes what an actor's terminal showed, as asciicast v3
// (docs.asciinema.org/manual/asciicast/v3). What was typed is in it twice, as
// input and, for a recording keeps a terminal's echo apart, as its echo. A newline
// becomes the two characters that a terminal makes of it. Steps of the script are
// markers. The format is UTF-8: bytes that are not become U+FFFD.
func Asciicast(w io.Writer, f *recording.File, actor string) error {
	if !slices.Contains(Terminals(f), actor) {
		return fmt.Errorf("asciicast of %s: the recording has no terminal of that name; there are %q", actor, Terminals(f))
	}
	header := castHeader{Version: 3, Term: term{80, 24}, Title: f.Header.Script + " · " + actor, Command: f.Header.Programs[actor]}
	if !f.Header.Date.IsZero() {
		header.Timestamp = f.Header.Date.Unix()
	}
	line, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("asciicast of %s: %w", actor, err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	c := &cast{w: w}
	for _, e := range f.Events {
		switch {
		case e.Layer == "script" && e.Kind == "step":
			c.write(e.At, "m", e.Text)
		case e.Layer != "screen" || e.Actor != actor:
		case e.Kind == "out":
			c.write(e.At, "o", recording.Cooked(c.whole(e.Text)))
		case e.Kind == "in":
			c.write(e.At, "i", e.Text)
			c.write(e.At, "o", recording.Cooked(e.Text))
		case e.Kind == "key" && len(e.Text) == 2 && e.Text[0] == '^': // others have no echo
			c.write(e.At, "i", []byte{e.Text[1] ^ 0x40})
			c.write(e.At, "o", e.Text)
		case e.Kind == "exit":
			if code, err := strconv.Atoi(string(e.Text)); err == nil {
				c.write(e.At, "x", []byte(strconv.Itoa(code)))
			}
		}
	}
	return c.err
}

// A cast writes the events of an asciicast.
type cast struct {
	w    io.Writer
	at   int64  // of the event before, in microseconds
	tail []byte // the beginning of a character whose other bytes have not come
	err  error
}

func (c *cast) write(at int64, code string, text []byte) {
	if c.err != nil || len(text) == 0 {
		return
	}
	at = max(at, c.at)
	line, err := json.Marshal([]any{json.Number(fmt.Sprintf("%.6f", float64(at-c.at)/1e6)), code, string(text)})
	c.at = at
	if err == nil {
		_, err = c.w.Write(append(line, '\n'))
	}
	c.err = err
}

// whole is text, without the beginning of a last character that is cut, which
// goes before the next.
func (c *cast) whole(text []byte) []byte {
	text = slices.Concat(c.tail, text)
	end := len(text)
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-n:]) {
				end = len(text) - n
			}
			break
		}
	}
	c.tail = slices.Clone(text[end:])
	return text[:end]
}

// ErrNoPackets is returned where a recording has no packet as it was on the wire.
var ErrNoPackets = errors.New("the recording has no packets: a private network records them")

// Pcapng writes the packets, with comments that name the actors and what the
// packet is. One that was lost says so. What has no Ethernet header must not be
// among them.
func Pcapng(w io.Writer, f *recording.File) error {
	isPacket := func(e recording.Event) bool { return e.Layer == "packets" && len(e.Frame) > 0 }
	if !slices.ContainsFunc(f.Events, isPacket) {
		return fmt.Errorf("pcapng of %s: %w", f.Header.Script, ErrNoPackets)
	}
	card := pcapgo.NgInterface{Name: "socklab", Comment: clip("script " + f.Header.Script), LinkType: layers.LinkTypeEthernet, TimestampResolution: 9}
	options := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "socklab", Comment: clip(f.Header.Machine)}}
	out, err := pcapgo.NewNgWriterInterface(w, card, options)
	if err != nil {
		return fmt.Errorf("pcapng of %s: %w", f.Header.Script, err)
	}
	start := f.Header.Date
	if start.IsZero() {
		start = time.Unix(0, 0)
	}
	for _, e := range f.Events {
		if !isPacket(e) {
			continue
		}
		about := fmt.Sprintf("%s to %s: %s", e.Actor, e.Peer, e.Text)
		if e.Kind == "lost" {
			about += " (lost: it did not arrive)"
		}
		info := gopacket.CaptureInfo{Timestamp: start.Add(time.Duration(e.At) * time.Microsecond), CaptureLength: len(e.Frame), Length: max(len(e.Frame), e.Size)}
		if err := out.WritePacketWithOptions(info, e.Frame, pcapgo.NgPacketOptions{Comments: []string{clip(about)}}); err != nil {
			return fmt.Errorf("pcapng of %s: %w", f.Header.Script, err)
		}
	}
	return out.Flush()
}

// clip is a comment: UTF-8, and within an option's length.
func clip(text string) string {
	const most = 2000
	return string(bytes.ToValidUTF8([]byte(text[:min(len(text), most)]), []byte("\uFFFD")))
}

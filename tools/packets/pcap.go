package packets

import (
	"bufio"
	"errors"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"socklab/tools/harness/capture"
)

// A pcapFile is for Wireshark and similar programs: whole packets, each behind a
// LINUX_SLL header, which suits every link (pcap-linktype(7)).
type pcapFile struct {
	file *os.File
	buf  *bufio.Writer
	w    *pcapgo.Writer
}

func createPcap(name string) (*pcapFile, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriter(file)
	p := &pcapFile{file: file, buf: buf, w: pcapgo.NewWriterNanos(buf)}
	return p, p.w.WriteFileHeader(256<<10, layers.LinkTypeLinuxSLL)
}

func (f *pcapFile) add(p capture.Packet) error {
	record := append(p.Link[:], p.Data...)
	return f.w.WritePacket(gopacket.CaptureInfo{
		Timestamp: p.When, CaptureLength: len(record), Length: max(p.Size+len(p.Link), len(record)),
	}, record)
}

func (f *pcapFile) close() error { return errors.Join(f.buf.Flush(), f.file.Close()) }

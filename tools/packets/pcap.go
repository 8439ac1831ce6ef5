package packets

import (
	"bufio"
	"errors"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A pcapFile is for Wireshark and its like: whole packets, each behind the
// header of LINUX_SLL, which suits every link (pcap-linktype(7)).
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

func (f *pcapFile) add(p packet) error {
	record := append(p.link[:], p.data...)
	return f.w.WritePacket(gopacket.CaptureInfo{
		Timestamp: p.when, CaptureLength: len(record), Length: max(p.size+len(p.link), len(record)),
	}, record)
}

func (f *pcapFile) close() error { return errors.Join(f.buf.Flush(), f.file.Close()) }

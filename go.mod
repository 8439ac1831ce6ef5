module socklab

go 1.26.0

require (
	github.com/bluekeyes/go-gitdiff v0.9.0
	github.com/creack/pty v1.1.24
	github.com/google/goexpect v0.0.0-20210430020637-ab937bf7fd6f
	github.com/gopacket/gopacket v1.7.7
	github.com/rogpeppe/go-internal v1.16.0
	github.com/vishvananda/netlink v1.3.1
	github.com/yuin/goldmark v1.8.7
	golang.org/x/mod v0.41.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
	mvdan.cc/sh/v3 v3.14.1
)

require (
	github.com/google/goterm v0.0.0-20190703233501-fc88cf888a3f // indirect
	github.com/vishvananda/netns v0.0.5 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261026165753-2ffab32bce7e // indirect
	google.golang.org/grpc v1.85.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

tool (
	socklab/tools/cmd/chat-client
	socklab/tools/cmd/chat-server
	socklab/tools/cmd/crowd
	socklab/tools/cmd/desk-client
	socklab/tools/cmd/desk-server
	socklab/tools/cmd/echo-client
	socklab/tools/cmd/echo-server
	socklab/tools/cmd/http-get
	socklab/tools/cmd/http-serve
	socklab/tools/cmd/packets
	socklab/tools/cmd/socksh
	socklab/tools/cmd/tls-door
)

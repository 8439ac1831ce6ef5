package programs

import (
	"flag"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// TestMain lets a test start this binary as any of the programs, chosen by name.
func TestMain(m *testing.M) {
	testexec.Main(m, func() {
		os.Args = os.Args[1:]
		for _, p := range List {
			if p.Name == os.Args[0] {
				flag.CommandLine = flag.NewFlagSet(p.Name, flag.ExitOnError)
				p.Main()
			}
		}
	})
}

// TestHelp asks every program for help, and once with no room to write it.
func TestHelp(t *testing.T) {
	need.Skip(t, "/dev/full")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, p := range List {
		help, err := testexec.Command(t, p.Name, "-h").Output()
		if err != nil || !strings.HasPrefix(string(help), "usage: "+p.Name+" ") {
			t.Errorf("%s -h: %v, %.40q", p.Name, err, help)
		}
		var said strings.Builder
		unheard := testexec.Command(t, p.Name, "-h")
		unheard.Stdout, unheard.Stderr = full, &said
		unheard.Run()
		if code := unheard.ProcessState.ExitCode(); code != 1 || !strings.Contains(said.String(), "no space left on device") {
			t.Errorf("%s -h >/dev/full: exit code %d, %q", p.Name, code, said.String())
		}
	}
}

// noProgram are the commands that no script starts.
var noProgram = []string{"socklab"}

// TestCommands checks that the programs, the commands in tools/cmd and go.mod's
// tools are the same list. Every command must say how it is called.
func TestCommands(t *testing.T) {
	var commands, tools []string
	names := slices.Clone(noProgram)
	for _, p := range List {
		names = append(names, p.Name)
	}
	dirs, err := filepath.Glob("../../cmd/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, main := range dirs {
		name := filepath.Base(filepath.Dir(main))
		commands = append(commands, name)
		file, err := parser.ParseFile(token.NewFileSet(), main, nil, parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(file.Doc.Text(), "\n\t"+name+" ") {
			t.Errorf("%s: the package comment does not say how %s is called", main, name)
		}
	}
	data, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range mod.Tool {
		tools = append(tools, filepath.Base(tool.Path))
	}
	slices.Sort(names)
	slices.Sort(tools)
	if !slices.Equal(names, commands) {
		t.Errorf("programs are %v, commands in tools/cmd are %v", names, commands)
	}
	if !slices.Equal(names, tools) {
		t.Errorf("programs are %v, tools in go.mod are %v", names, tools)
	}
}

// Package class grades students. It finds their programs, and writes what became of them
// in the forms that teachers and their tools read. Who plays the scripts is not its
// business.
package class

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"socklab/tools/harness/need"
)

// Config is the file in a student's folder that says which file is which program:
//
//	[programs]
//	echo-server = "server.py"
//	echo-client = ["python3", "-u", "client.py"]
//
// Without it echo-server is echo_server.py, or with another extension, or with none.
const Config = "socklab.toml"

// maxConfig is the size in bytes of the largest Config that is read.
const maxConfig = 64 << 10

// A Student has programs in a folder.
type Student struct {
	Name     string // of the folder
	Dir      string // absolute, without links
	Wrong    string // what is wrong with Config; then nobody is judged
	Programs map[string]Program
}

// A Program is a student's.
type Program struct {
	File    string   // the source or the binary; "" if there is none
	Command []string // that runs it; nil if File is Go, and has to be built
	Wrong   string   // why it can't be judged
	Broken  string   // what the compiler says, if it does not compile
}

// Find finds the students in these folders, and their programs of these names.
func Find(dirs, names []string) (all []Student, err error) {
	for _, dir := range dirs {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		real, err := filepath.EvalSymlinks(abs)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(real); err != nil {
			return nil, err
		} else if !info.IsDir() {
			return nil, fmt.Errorf("%s is no folder: want a folder for each student", dir)
		}
		all = append(all, Student{Name: filepath.Base(abs), Dir: real})
	}
	for i := range all {
		s := &all[i]
		for j, other := range all {
			if rel, err := filepath.Rel(other.Dir, s.Dir); i != j && err == nil && filepath.IsLocal(rel) {
				return nil, fmt.Errorf("%s is in %s: a student's folder can't lie in another's", dirs[i], dirs[j])
			}
			if i != j && filepath.Base(other.Name) == s.Name {
				s.Name = filepath.Clean(dirs[i]) // x/alice and y/alice
			}
		}
		s.find(names)
	}
	return all, nil
}

// find finds the student's programs.
func (s *Student) find(names []string) {
	s.Programs = map[string]Program{}
	said, err := s.config()
	if err != nil {
		s.Wrong = Config + ": " + err.Error()
		return
	}
	for name := range said {
		if !slices.Contains(names, name) {
			s.Wrong = fmt.Sprintf("%s: there is no program %q; there are %s", Config, name, strings.Join(names, ", "))
			return
		}
	}
	for _, name := range names {
		if words, is := said[name]; is {
			s.Programs[name] = s.named(words)
		} else if p := s.usual(name); p.File != "" || p.Wrong != "" {
			s.Programs[name] = p
		}
	}
}

// config reads Config, if there is one.
func (s *Student) config() (programs map[string][]string, err error) {
	file := filepath.Join(s.Dir, Config)
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // a named pipe would be waited for
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("it has more than %d bytes", maxConfig)
	}
	var c struct {
		Programs map[string]any `toml:"programs"`
	}
	meta, err := toml.Decode(string(text), &c)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "toml: "))
	}
	programs = map[string][]string{}
	for name, value := range c.Programs {
		words, ok := wordsOf(value)
		if !ok {
			return nil, fmt.Errorf("programs.%s: want a file, or a list of words, as [\"python3\", \"server.py\"]", name)
		}
		programs[name] = words
	}
	for _, key := range meta.Keys() {
		if key[0] != "programs" {
			return nil, fmt.Errorf("there is no %s: want [programs], and below it echo-server = \"server.py\"", key)
		}
	}
	return programs, nil
}

func wordsOf(value any) (words []string, ok bool) {
	switch v := value.(type) {
	case string:
		words = []string{v}
	case []any:
		for _, one := range v {
			word, is := one.(string)
			if !is {
				return nil, false
			}
			words = append(words, word)
		}
	}
	return words, len(words) > 0 && words[0] != "" && !strings.ContainsRune(strings.Join(words, ""), 0)
}

// named is the program that Config names: a file, or a command and its words, of which
// those that name files of the student mean these.
func (s *Student) named(words []string) Program {
	if len(words) == 1 {
		return s.file(words[0])
	}
	p := Program{Command: slices.Clone(words)}
	for i, word := range words {
		if i == 0 && !strings.Contains(word, "/") {
			continue // from PATH
		}
		file, err := s.inside(word)
		if errors.Is(err, fs.ErrNotExist) && i > 0 {
			continue
		}
		if err != nil {
			return Program{Wrong: err.Error()}
		}
		p.Command[i] = file
		p.File = file
	}
	return p
}

// inside is a file of the student.
func (s *Student) inside(name string) (file string, err error) {
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("%s is not in the student's folder", name)
	}
	file = filepath.Join(s.Dir, name)
	real, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no %s%w", name, silent{err})
	}
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(s.Dir, real); err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is a link that leaves the student's folder", name)
	}
	return file, nil
}

// silent is an error that another one says already.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// file is a program in one file.
func (s *Student) file(name string) Program {
	file, err := s.inside(name)
	if err != nil {
		return Program{Wrong: err.Error()}
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return Program{Wrong: err.Error()}
	case !info.Mode().IsRegular():
		return Program{Wrong: name + " is no regular file"}
	case filepath.Ext(file) == ".go":
		return Program{File: file}
	}
	if runner := need.Runner(file); runner != "" {
		return Program{File: file, Command: []string{runner, file}}
	}
	return Program{File: file, Command: []string{file}}
}

// Usual is how the file of a program begins if Config names no other.
func Usual(name string) string { return strings.ReplaceAll(name, "-", "_") }

// usual is the program in the file that has its name.
func (s *Student) usual(name string) Program {
	var found []string
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return Program{Wrong: err.Error()}
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		stem := strings.TrimSuffix(e.Name(), ext)
		if stem != name && stem != Usual(name) || e.IsDir() {
			continue
		}
		if info, err := os.Stat(filepath.Join(s.Dir, e.Name())); ext == "" && (err != nil || info.Mode()&0o111 == 0) {
			continue
		}
		if ext == "" || ext == ".go" || need.Runner(e.Name()) != "" {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return Program{}
	case 1:
		return s.file(found[0])
	}
	return Program{Wrong: fmt.Sprintf("which is %s: %s? %s says so", name, strings.Join(found, " or "), Config)}
}

package progress

import (
	"io/fs"
	"time"

	"socklab/tools/course/path"
)

// A Mark is how far somebody is with a lesson.
type Mark string

const (
	Open    Mark = "open"
	Done    Mark = "done"
	Changed Mark = "changed" // it was done, and its script has changed since: check again
)

// A State is how far somebody is with a lesson, and what became of its last play.
type State struct {
	path.Lesson
	Mark   Mark       `json:"mark"`
	Last   Result     `json:"last,omitempty"`    // of the latest play that counted
	LastAt *time.Time `json:"last_at,omitempty"` // its date
}

// Passes reports whether somebody can go on to the next lesson.
func (s State) Passes() bool {
	return s.Mark == Done || s.Mark == Open && s.Last == NotJudged
}

// State is that of a lesson whose script has this hash.
func (p *Progress) State(l path.Lesson, script string) State {
	s := State{Lesson: l, Mark: Open}
	for _, e := range p.entries {
		if e.Lesson != l.Number || e.Result == hinted {
			continue
		}
		if e.Result == Passed {
			if s.Mark = Changed; e.Script == script {
				s.Mark = Done
			}
		}
		if s.LastAt == nil || e.Date.After(*s.LastAt) {
			s.Last, s.LastAt = e.Result, &e.Date
		}
	}
	return s
}

// A Part is the states of its lessons.
type Part struct {
	Number  string  `json:"number"`
	Title   string  `json:"title"`
	Lessons []State `json:"lessons"`
}

// Done is how many of its lessons are done.
func (p Part) Done() (n int) {
	for _, l := range p.Lessons {
		if l.Mark == Done {
			n++
		}
	}
	return n
}

// A Course is the whole path with somebody's progress.
type Course struct {
	Parts []Part   `json:"parts"`
	Next  *State   `json:"next"` // the first lesson that is not done; nil if all are
	Notes []string `json:"notes,omitempty"`
}

// Lessons are the states of all lessons, in order.
func (c *Course) Lessons() (all []State) {
	for _, p := range c.Parts {
		all = append(all, p.Lessons...)
	}
	return all
}

// Load reads the path and the progress of the course whose folder is dir, if it has
// one, and whose files are root.
func Load(dir string, root fs.FS) (*Course, error) {
	parts, err := path.Read(root)
	if err != nil {
		return nil, err
	}
	c := &Course{}
	p, err := Read(dir)
	if err != nil {
		p.Notes = append(p.Notes, err.Error())
	}
	c.Notes = p.Notes
	for _, part := range parts {
		states := Part{Number: part.Number, Title: part.Title}
		for _, l := range part.Lessons {
			hash, err := l.Hash(root)
			if err != nil {
				return nil, err
			}
			states.Lessons = append(states.Lessons, p.State(l, hash))
		}
		c.Parts = append(c.Parts, states)
	}
	for _, l := range c.Lessons() {
		if !l.Passes() {
			c.Next = &l
			break
		}
	}
	return c, nil
}

package page

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// link is a link or an image of a page to something in the repository.
type link struct {
	line     int
	dest     string // as written
	target   string // from the root of the repository
	fragment string
}

// linksBelow returns the links below n, and an error for each that has no possible
// target in the repository. Links to other sites are not checked.
func (p *page) linksBelow(n ast.Node) (links []link, errs []Problem) {
	visit := func(n ast.Node, dest string) {
		l := link{line: p.line(n), dest: dest}
		u, err := url.Parse(dest)
		switch {
		case err != nil:
			errs = append(errs, Problem{p.file, l.line, fmt.Sprintf("link: %v", err)})
			return
		case u.Scheme != "" || u.Host != "":
			return
		case u.Path == "" && u.Fragment == "":
			errs = append(errs, Problem{p.file, l.line, "link: it leads nowhere: write where to"})
			return
		case u.Path == "":
			l.target = p.file
		default:
			l.target = path.Join(path.Dir(p.file), u.Path)
		}
		if strings.HasPrefix(u.Path, "/") || !fs.ValidPath(l.target) {
			errs = append(errs, Problem{p.file, l.line, fmt.Sprintf("link: %s leaves the repository: write it relative to %s", dest, p.file)})
			return
		}
		l.fragment = u.Fragment
		links = append(links, l)
	}
	each(n, ast.KindLink, func(n ast.Node) { visit(n, string(n.(*ast.Link).Destination)) })
	each(n, ast.KindImage, func(n ast.Node) { visit(n, string(n.(*ast.Image).Destination)) })
	return links, errs
}

// links reports links to files and headings that don't exist.
func (c *checker) links(p *page) {
	links, errs := p.linksBelow(p.doc)
	c.problems = append(c.problems, errs...)
	for _, l := range links {
		switch {
		case !c.exists(l.target):
			c.add(p.file, l.line, "link: %s leads to %s, which doesn't exist: %s", l.dest, l.target, c.around(l.target))
		case l.fragment == "":
		case path.Ext(l.target) != lessonExt:
			c.add(p.file, l.line, "link: %s has a #fragment, and only Markdown has headings: quote the lines, since their numbers drift", l.dest)
		default:
			to := p
			if l.target != p.file {
				var err error
				if to, err = c.openPage(l.target); err != nil {
					c.add(p.file, l.line, "link: %v", err)
					continue
				}
			}
			if slugs, ok := to.hasSlug(l.fragment); !ok {
				c.add(p.file, l.line, "link: %s has no heading #%s: it has %s", l.target, l.fragment, list(slugs))
			}
		}
	}
}

// hasSlug returns the names of p's headings in links, as GitHub makes them,
// and whether name is one.
func (p *page) hasSlug(name string) (slugs []string, ok bool) {
	seen := map[string]int{}
	each(p.doc, ast.KindHeading, func(n ast.Node) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
				return unicode.ToLower(r)
			}
			return -1
		}, p.plain(n))
		if n := seen[slug]; n > 0 {
			seen[slug]++
			slug = fmt.Sprintf("%s-%d", slug, n)
		} else {
			seen[slug] = 1
		}
		slugs = append(slugs, "#"+slug)
		ok = ok || slug == name
	})
	return slugs, ok
}

// paths reports inline code that looks like a path in the repository but doesn't
// exist. A * stands for any name, /... for everything below.
func (c *checker) paths(p *page) {
	each(p.doc, ast.KindCodeSpan, func(n ast.Node) {
		span := strings.TrimSpace(p.plain(n))
		name := strings.TrimPrefix(span, "./")
		top, _, ok := strings.Cut(name, "/")
		if !ok || top != "tools" && top != "lessons" && top != "testdata" || strings.ContainsAny(name, " \t") {
			return
		}
		name = strings.TrimSuffix(strings.TrimSuffix(name, "..."), "/")
		if found, err := fs.Glob(c.root, name); err != nil || len(found) == 0 {
			c.add(p.file, p.line(n), "path: `%s` doesn't exist: %s", span, c.around(name))
		}
	})
}

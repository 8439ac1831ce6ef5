// Package examples shows Go's own forms of the socket functions, as examples that run.
package examples

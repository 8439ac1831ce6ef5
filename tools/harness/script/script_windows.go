// Package script plays scripts, on Linux and macOS.
package script

import (
	"context"
	"errors"
	"io/fs"
)

// Run says that scripts can't be played here.
func Run(context.Context, fs.FS, string, Options) (Result, error) {
	return Result{}, errors.New("scripts need Linux or macOS; on Windows, WSL is a Linux")
}

// ParseGuests knows no command.
func (o *Options) ParseGuests([]string) (Guests, error) { return nil, nil }

// Text is the log as it is.
func (r Result) Text(View) string { return r.Log }

// Text of a failure that can't have been made here.
func (f *Failure) Text(View) string { return f.Why.String() }

// Headline of such a failure.
func (f *Failure) Headline(View) string { return f.Why.String() }

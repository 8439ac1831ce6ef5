// Package tools carries the programs' sources inside a binary: what lessons quote,
// and what learners read and change.
package tools

import "embed"

//go:embed cli/*.go echo/*.go desk/*.go chat/*.go crowd/*.go httpget/*.go httpproxy/*.go httpserve/*.go tlsdoor/*.go wsdoor/*.go wsdoor/*.html socksh/*.go packets/*.go examples guests
var Files embed.FS

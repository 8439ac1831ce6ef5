//go:build unix

package netns

// JoinShared is what Join does without namespaces.
var JoinShared = joinShared

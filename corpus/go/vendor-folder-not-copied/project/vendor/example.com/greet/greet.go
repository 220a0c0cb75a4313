// Package greet greets.
package greet

// Text greets name.
func Text(name string) string { return "Hello, " + name }

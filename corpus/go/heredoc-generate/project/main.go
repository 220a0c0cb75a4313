package main

//go:generate stringer -type=Colour

// A Colour is one of the three that a screen has.
type Colour int

// The colours.
const (
	Red Colour = iota
	Green
	Blue
)

func main() {
	println(Red.String(), Green.String(), Blue.String())
}

package main

import (
	"example.com/greet"
	hail "example.com/hail"
)

func main() {
	println(greet.Text("world"), hail.Text("world"))
}

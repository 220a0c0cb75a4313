package main

import greet "example.com/greet/text"

func main() {
	println(greet.Text("world"))
}

package main

import greet "example.com/greeting"

func main() {
	println(greet.Text("world"))
}

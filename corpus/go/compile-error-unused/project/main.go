package main

import "os"

func main() {
	count := 3
	println("ready")
}

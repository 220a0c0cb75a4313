package main

import "example.com/lib/internal/codec"

func main() {
	println(codec.Name)
}

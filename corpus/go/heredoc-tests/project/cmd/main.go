package main

import "example.com/slug"

func main() {
	println(slug.Of("Two Words"))
}

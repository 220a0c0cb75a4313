package main

import "fmt"

func limit() int {
	return "42"
}

func main() {
	fmt.Println(limit())
}

package main

import "fmt"

func main() {
	fmt.Errorf("queue is full")
}

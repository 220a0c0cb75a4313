package main

import (
	"fmt"

	"git.example.org/lib/greet.git"
)

func main() {
	fmt.Println(greet.Text("world"))
}

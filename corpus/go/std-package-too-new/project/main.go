package main

import (
	"fmt"
	"slices"
)

func main() {
	names := []string{"b", "a"}
	slices.Sort(names)
	fmt.Println(names)
}

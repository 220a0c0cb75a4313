package main

import (
	"fmt"
	"os"
)

func main() {
	settings, err := os.ReadFile("config.json")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s", settings)
}

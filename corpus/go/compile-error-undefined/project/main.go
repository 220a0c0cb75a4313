package main

import "fmt"

func main() {
	for _, route := range routes() {
		fmt.Println(route)
	}
}

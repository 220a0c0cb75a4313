package main

import "internal/store"

func main() {
	println(store.Name)
}

package main

import "inventory/store"

func main() {
	println(store.Name)
}

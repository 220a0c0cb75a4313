package main

import "example.com/price"

func main() {
	println(price.Euros(1250))
}

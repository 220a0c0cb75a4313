package main

func limit() int {
	return "42"
}

func main() {
	println(limit())
}

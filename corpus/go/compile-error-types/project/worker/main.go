package main

func main() {
	println(retries(1))
}

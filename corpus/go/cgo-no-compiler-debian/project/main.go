package main

// static int twice(int n) { return 2 * n; }
import "C"

func main() {
	println(int(C.twice(21)))
}

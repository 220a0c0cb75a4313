package main

func retries(n int) int {
	if n > 0 {
		return n
	}
}

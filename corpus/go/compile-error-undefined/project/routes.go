package main

func routes() []string {
	return []string{"/items", "/health"}
}

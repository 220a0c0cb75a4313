package main

import "embed"

//go:embed templates/*.html
var pages embed.FS

func main() {
	page, _ := pages.ReadFile("templates/index.html")
	print(string(page))
}

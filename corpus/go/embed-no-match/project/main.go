package main

import "embed"

//go:embed dist/*
var pages embed.FS

func main() {
	index, err := pages.ReadFile("dist/index.html")
	println(string(index), err)
}

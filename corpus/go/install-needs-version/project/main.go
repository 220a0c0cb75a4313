package main

//go:generate gen

func main() {}

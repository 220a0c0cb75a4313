package main

func main() { println("orders") }

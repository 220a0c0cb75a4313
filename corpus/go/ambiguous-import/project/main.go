package main

import "example.com/tools/report"

func main() {
	println(report.Name)
}

package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	names, err := net.LookupHost("localhost")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(names)
}

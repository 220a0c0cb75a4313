package main

import "example.com/router/netlink"

func main() {
	println(netlink.Name)
}

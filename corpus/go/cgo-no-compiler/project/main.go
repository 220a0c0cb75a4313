package main

import "os/user"

func main() {
	me, err := user.Current()
	println(me.Username, err)
}

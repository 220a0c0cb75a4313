package main

import "example.com/notify/mail"

func main() {
	println(mail.Text())
}

package mail

import "example.com/greet"

func Text() string { return greet.Text("you") }

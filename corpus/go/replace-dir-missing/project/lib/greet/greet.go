package greet

func Text(name string) string { return "Hello, " + name }

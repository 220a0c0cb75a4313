package main

// #cgo LDFLAGS: -lsqlite3
// const char *sqlite3_libversion(void);
import "C"

func main() {
	println(C.GoString(C.sqlite3_libversion()))
}

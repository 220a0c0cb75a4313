package main

import (
	"fmt"
	"log"
	"time"
)

func main() {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(time.Now().In(zone))
}

package counter

var total int

func Add(n int) {
	total += n
}

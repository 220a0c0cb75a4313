package size

func Half(n int) int { return n / 2 }

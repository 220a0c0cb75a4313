package price

// Euros cuts the cents off.
func Euros(cents int) int {
	return cents / 10
}

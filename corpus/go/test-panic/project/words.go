package words

var seen map[string]int

// Count says how often word was counted, this time included.
func Count(word string) int {
	seen[word]++
	return seen[word]
}

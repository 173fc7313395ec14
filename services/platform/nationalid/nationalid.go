// Package nationalid finds Norwegian national identity numbers in free text, so that they can be
// refused before they are stored: nothing here may rest on who a single participant is (R64).
package nationalid

// Found is a number found in a text.
type Found struct {
	// Start and End are byte offsets in the text.
	Start, End int
}

// Find returns every run of eleven digits that is a valid fødselsnummer, D-number or synthetic test
// number (month raised by 40, 65 or 80). A space, or a hyphen, between the date and the personal
// number is looked past, as people write it. Longer runs of digits are account numbers and the like.
func Find(text string) []Found {
	var found []Found
	for i := 0; i < len(text); {
		if !digit(text[i]) || i > 0 && digit(text[i-1]) {
			i++
			continue
		}
		digits, end := read(text, i)
		if len(digits) == 11 && Valid(digits) {
			found = append(found, Found{i, end})
			i = end
			continue
		}
		i = endOfRun(text, i)
	}
	return found
}

// Valid tells whether the eleven digits are a valid number: a possible date and both check digits.
func Valid(digits string) bool {
	if len(digits) != 11 {
		return false
	}
	var d [11]int
	for i := range digits {
		if !digit(digits[i]) {
			return false
		}
		d[i] = int(digits[i] - '0')
	}
	return possibleDate(d) && checkDigit(d[:9], []int{3, 7, 6, 1, 8, 9, 4, 5, 2}) == d[9] &&
		checkDigit(d[:10], []int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) == d[10]
}

func possibleDate(d [11]int) bool {
	day, month := d[0]*10+d[1], d[2]*10+d[3]
	if day > 40 {
		day -= 40 // D-number
	}
	for _, raised := range []int{80, 65, 40} { // synthetic numbers
		if month > raised {
			month -= raised
			break
		}
	}
	return day >= 1 && day <= 31 && month >= 1 && month <= 12
}

// checkDigit returns the MOD11 check digit, or 10 when there is none.
func checkDigit(d, weights []int) int {
	sum := 0
	for i := range d {
		sum += d[i] * weights[i]
	}
	return (11 - sum%11) % 11
}

// read collects digits from start, looking past one separator after the sixth.
func read(text string, start int) (digits string, end int) {
	end = endOfRun(text, start)
	digits = text[start:end]
	if len(digits) != 6 || end >= len(text) {
		return digits, end
	}
	next := end + separator(text[end:])
	if next == end || next >= len(text) || !digit(text[next]) {
		return digits, end
	}
	end = endOfRun(text, next)
	return digits + text[next:end], end
}

func separator(text string) int {
	const noBreakSpace = "\u00a0"
	switch {
	case text[0] == ' ' || text[0] == '-':
		return 1
	case len(text) >= len(noBreakSpace) && text[:len(noBreakSpace)] == noBreakSpace:
		return len(noBreakSpace)
	}
	return 0
}

func endOfRun(text string, i int) int {
	for i < len(text) && digit(text[i]) {
		i++
	}
	return i
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

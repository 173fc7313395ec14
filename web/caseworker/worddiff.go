package caseworker

import (
	"slices"
	"strings"
	"unicode"
)

// change says what became of words from one year's answer to the next.
type change int

const (
	kept change = iota
	removed
	added
)

// passage is words that follow each other and fared alike.
type passage struct {
	change change
	text   string
}

// mostCompared bounds how many words of two texts are held against each other: time and memory grow
// with the product. Answers of a form are far shorter.
const mostCompared = 4000

// compareWords tells how before became after, word by word: with the fewest words removed and added. How
// words are spaced counts for nothing.
func compareWords(before, after string) []passage {
	old, young := words(before), words(after)
	head := 0
	for head < len(old) && head < len(young) && alike(old[head], young[head]) {
		head++
	}
	tail := 0
	for tail < len(old)-head && tail < len(young)-head && alike(old[len(old)-1-tail], young[len(young)-1-tail]) {
		tail++
	}
	var all []passage
	all = grow(all, kept, young[:head]...)
	all = compareMiddles(all, old[head:len(old)-tail], young[head:len(young)-tail])
	return grow(all, kept, young[len(young)-tail:]...)
}

// compareMiddles goes by the longest common subsequence of what differs.
func compareMiddles(all []passage, old, young []string) []passage {
	if len(old) > mostCompared || len(young) > mostCompared {
		return grow(grow(all, removed, old...), added, young...)
	}
	common := make([][]uint16, len(old)+1)
	for i := range common {
		common[i] = make([]uint16, len(young)+1)
	}
	for i, word := range slices.Backward(old) {
		for j, other := range slices.Backward(young) {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if alike(word, other) {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(old) || j < len(young) {
		switch {
		case i < len(old) && j < len(young) && alike(old[i], young[j]):
			all = grow(all, kept, young[j])
			i, j = i+1, j+1
		case j == len(young) || i < len(old) && common[i+1][j] >= common[i][j+1]:
			all = grow(all, removed, old[i])
			i++
		default:
			all = grow(all, added, young[j])
			j++
		}
	}
	return all
}

func alike(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// grow adds words to the last passage when they fared like it.
func grow(all []passage, c change, words ...string) []passage {
	text := strings.Join(words, "")
	if text == "" {
		return all
	}
	if n := len(all); n > 0 && all[n-1].change == c {
		all[n-1].text += text
		return all
	}
	return append(all, passage{c, text})
}

// words splits a text into words, each with the spaces that follow it, so that all of them together are
// the text.
func words(text string) []string {
	var all []string
	begin, space := 0, false
	for i, r := range text {
		if space && !unicode.IsSpace(r) {
			all, begin = append(all, text[begin:i]), i
		}
		space = unicode.IsSpace(r)
	}
	if begin < len(text) {
		all = append(all, text[begin:])
	}
	return all
}

// without returns the passages of one year: what was removed is no part of this year's, and what was
// added no part of last year's.
func without(all []passage, c change) []passage {
	return slices.DeleteFunc(slices.Clone(all), func(p passage) bool { return p.change == c })
}

package site

import (
	"strconv"
	"strings"
)

// spaces are the signs that people and programs part thousands with.
const spaces = " \t\u00a0\u202f\u2009\u2007"

// Kroner reads an amount in kroner as people write it («500 000», «12 500,50», «1.000») and returns
// øre. Nothing typed is zero. ok is false for what is no amount.
func Kroner(typed string) (ore int64, ok bool) {
	s := plain(typed)
	if s == "" {
		return 0, true
	}
	whole, cents, found := strings.Cut(s, ",")
	if !found {
		whole, cents, found = cutDecimals(s)
	}
	if found && (len(cents) == 0 || len(cents) > 2 || !digits(cents)) {
		return 0, false
	}
	kroner, ok := thousands(whole)
	if !ok {
		return 0, false
	}
	for len(cents) < 2 {
		cents += "0"
	}
	part, err := strconv.ParseInt(cents, 10, 64)
	if err != nil {
		return 0, false
	}
	return kroner*100 + part, true
}

// SignedKroner is Kroner for amounts that may be below zero: «-5 000» or «−5 000».
func SignedKroner(typed string) (ore int64, ok bool) {
	s := strings.TrimSpace(typed)
	unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "−")
	ore, ok = Kroner(unsigned)
	if unsigned != s {
		ore, ok = -ore, ok && plain(unsigned) != ""
	}
	return ore, ok
}

// cutDecimals takes a point for a decimal point when one or two figures follow it; with three it
// parts thousands.
func cutDecimals(s string) (whole, cents string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 || len(s)-i-1 > 2 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func plain(s string) string {
	s = strings.NewReplacer("kroner", "", "kr.", "", "kr", "", "NOK", "", ",-", "").Replace(strings.TrimSpace(s))
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(spaces, r) {
			return -1
		}
		return r
	}, s)
}

// thousands reads a whole number that may have points between its thousands.
func thousands(s string) (int64, bool) {
	for i, group := range strings.Split(s, ".") {
		if i > 0 && len(group) != 3 || !digits(group) {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ".", ""), 10, 64)
	if err != nil || n > 1_000_000_000_000 {
		return 0, false
	}
	return n, true
}

// Number reads a whole number as people write it. Nothing typed is zero.
func Number(typed string) (n int64, ok bool) {
	s := plain(typed)
	if s == "" {
		return 0, true
	}
	return thousands(s)
}

func digits(s string) bool {
	if s == "" {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"buf.build/go/protovalidate"
)

// datePattern is how the contract says that a text is a date.
const datePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`

// wording says in plain words what a field has to be. The library's own words are kept where they read
// well, for example those of rules that the contract words itself.
func wording(v *protovalidate.Violation) string {
	rule, message := v.Proto.GetRuleId(), v.Proto.GetMessage()
	kind, what, _ := strings.Cut(rule, ".")
	switch {
	case rule == "required" || rule == "string.uuid_empty":
		return "must be filled in"
	case rule == "string.min_len" || rule == "repeated.min_items":
		return atLeast(v.RuleValue.Uint(), unitOf(kind))
	case rule == "string.max_len" || rule == "repeated.max_items":
		return fmt.Sprintf("must have no more than %d %s", v.RuleValue.Uint(), unitOf(kind))
	case rule == "string.uuid":
		return "must be an identifier, written as 0197b0a8-5f6e-7c3a-9b1d-2f4e6a8c0d12"
	case rule == "string.pattern" && v.RuleValue.String() == datePattern:
		return "must be a date, written as 2019-11-30"
	case rule == "enum.not_in":
		return "must be chosen"
	case kind == "enum":
		return "must be one of the values that the contract names"
	case what == "in":
		return strings.NewReplacer("must be in list [", "must be one of ", "]", "").Replace(message)
	}
	return bounds(message)
}

func unitOf(kind string) string {
	if kind == "repeated" {
		return "entries"
	}
	return "characters"
}

func atLeast(n uint64, unit string) string {
	switch {
	case n > 1:
		return fmt.Sprintf("must have %d %s or more", n, unit)
	case unit == "entries":
		return "must have one entry or more"
	}
	return "must be filled in"
}

// bounds says shortly between which numbers a number has to be.
func bounds(message string) string {
	const number = `(-?[0-9.]+)`
	for pattern, short := range map[string]string{
		`^must be greater than or equal to ` + number + ` and less than or equal to ` + number + `$`: "must be from $1 to $2",
		`^must be greater than or equal to ` + number + `$`:                                          "must be $1 or more",
		`^must be less than or equal to ` + number + `$`:                                             "must be $1 or less",
	} {
		if long := regexp.MustCompile(pattern); long.MatchString(message) {
			return long.ReplaceAllString(message, short)
		}
	}
	return message
}

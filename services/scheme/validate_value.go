package scheme

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// text demands a text in all three languages.
func (v validator) text(field string, text Text) {
	if text == (Text{}) {
		v.add(field, "is missing; write it in nb, nn and en")
		return
	}
	v.optionalText(field, text)
}

// optionalText accepts no text at all, but not one that lacks a language.
func (v validator) optionalText(field string, text Text) {
	if text == (Text{}) {
		return
	}
	for _, language := range Languages() {
		if text.exact(language) == "" {
			v.add(field+"."+language, "is missing; a text is written in nb, nn and en")
		}
	}
}

func (v validator) match(field, value string, pattern *regexp.Regexp, help string) {
	if value == "" {
		v.add(field, "is missing")
		return
	}
	if !pattern.MatchString(value) {
		v.add(field, "%q is not %s", value, help)
	}
}

func (v validator) oneOf(field, value string, allowed ...string) {
	if value == "" {
		v.add(field, "is missing; write one of %s", strings.Join(allowed, ", "))
		return
	}
	if !slices.Contains(allowed, value) {
		v.add(field, "%q is not one of %s", value, strings.Join(allowed, ", "))
	}
}

func (v validator) positive(field string, value int64) {
	if value <= 0 {
		v.add(field, "has to be more than 0, is %d", value)
	}
}

func (v validator) notNegative(field string, value int64) {
	if value < 0 {
		v.add(field, "has to be 0 or more, is %d", value)
	}
}

func (v validator) notEmpty(field string, length int) {
	if length == 0 {
		v.add(field, "is empty or missing")
	}
}

// types demands application types that the scheme itself accepts.
func (v validator) types(field string, types []ApplicationTypeKey) {
	for i, key := range types {
		path := fmt.Sprintf("%s[%d]", field, i)
		if _, ok := v.definition.ApplicationType(key); !ok {
			v.add(path, "the scheme has no application type %q", key)
		}
		if slices.Contains(types[:i], key) {
			v.add(path, "%s is listed twice", key)
		}
	}
}

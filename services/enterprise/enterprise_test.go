package enterprise

import (
	"testing"

	"pgregory.net/rapid"

	"saakorn/services/platform/fault"
)

func TestEachRightIncludesTheOnesBeforeIt(t *testing.T) {
	tests := []struct {
		right                  Right
		read, edit, administer bool
	}{
		{"", false, false, false},
		{Reader, true, false, false},
		{Editor, true, true, false},
		{Administrator, true, true, true},
		{"OWNER", false, false, false},
	}
	for _, test := range tests {
		r := test.right
		if r.CanRead() != test.read || r.CanEdit() != test.edit || r.CanAdminister() != test.administer {
			t.Errorf("%q may read %t, edit %t, administer %t", r, r.CanRead(), r.CanEdit(), r.CanAdminister())
		}
	}
}

func TestWhoDecidesWhoMayAct(t *testing.T) {
	one := Members{{PersonID: "boss", Right: Administrator}, {PersonID: "writer", Right: Editor}, {PersonID: "guest", Right: Reader}}
	two := append(Members{{PersonID: "chair", Right: Administrator}}, one...)
	give := func(m Members, caller, person string, right Right) error { return m.CheckGive(caller, person, right) }
	end := func(m Members, caller, person string, _ Right) error { return m.CheckEnd(caller, person) }
	tests := []struct {
		name           string
		check          func(Members, string, string, Right) error
		members        Members
		caller, person string
		right          Right
		reason         string
	}{
		{"an administrator lets a colleague in", give, one, "boss", "new", Editor, ""},
		{"an administrator makes another", give, one, "boss", "writer", Administrator, ""},
		{"an administrator takes a right down", give, one, "boss", "writer", Reader, ""},
		{"an editor lets nobody in", give, one, "writer", "new", Reader, "NOT_ADMINISTRATOR"},
		{"a reader does not promote themselves", give, one, "guest", "guest", Administrator, "NOT_ADMINISTRATOR"},
		{"an outsider does not see the enterprise", give, one, "stranger", "stranger", Administrator, "NOT_FOUND"},
		{"nobody is no administrator", give, one, "", "new", Reader, "NOT_FOUND"},
		{"the last administrator does not step down", give, one, "boss", "boss", Editor, "LAST_ADMINISTRATOR"},
		{"the last administrator stays what they are", give, one, "boss", "boss", Administrator, ""},
		{"one of two administrators steps down", give, two, "boss", "boss", Reader, ""},

		{"an administrator ends a right", end, one, "boss", "guest", "", ""},
		{"an editor ends no right, not even their own", end, one, "writer", "writer", "", "NOT_ADMINISTRATOR"},
		{"an outsider ends nothing", end, one, "stranger", "guest", "", "NOT_FOUND"},
		{"the last administrator does not leave", end, one, "boss", "boss", "", "LAST_ADMINISTRATOR"},
		{"one of two administrators leaves", end, two, "boss", "boss", "", ""},
		{"one of two administrators removes the other", end, two, "boss", "chair", "", ""},
		{"who is no member cannot be removed", end, one, "boss", "stranger", "", "NOT_FOUND"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.check(test.members, test.caller, test.person, test.right)
			if test.reason == "" && err != nil || test.reason != "" && !fault.Is(err, test.reason) {
				t.Errorf("got %v, want %q", err, test.reason)
			}
		})
	}
}

func TestAnEnterpriseNeverLosesItsAdministrators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := Members{{PersonID: "a", Right: Administrator}}
		person := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			caller, about := person.Draw(t, "caller"), person.Draw(t, "person")
			right := rapid.SampledFrom([]Right{"", Reader, Editor, Administrator}).Draw(t, "right")
			if right == "" && members.CheckEnd(caller, about) != nil || right != "" && members.CheckGive(caller, about, right) != nil {
				continue
			}
			members = replace(members, Member{PersonID: about, Right: right})
			if !members.hasAdministrator() {
				t.Fatalf("after %s gave %s %q nobody administers: %+v", caller, about, right, members)
			}
		}
	})
}

func replace(members Members, m Member) Members {
	var after Members
	for _, other := range members {
		if other.PersonID != m.PersonID {
			after = append(after, other)
		}
	}
	if m.Right == "" {
		return after
	}
	return append(after, m)
}

func (m Members) hasAdministrator() bool {
	for _, member := range m {
		if member.Right.CanAdminister() {
			return true
		}
	}
	return false
}

func TestSignsOfAPatternMeanThemselves(t *testing.T) {
	for text, want := range map[string]string{"": "%%", " nål ": "%nål%", "100 %": `%100 \%%`, `a_b\c`: `%a\_b\\c%`} {
		if got := containing(text); got != want {
			t.Errorf("containing(%q) = %q, want %q", text, got, want)
		}
	}
}

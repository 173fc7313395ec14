package caseworker

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestTextsAreComparedWordByWord(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                []passage
	}{
		{"nothing", "", "", nil},
		{"alike", "Vi selger brød.", "Vi selger brød.", []passage{{kept, "Vi selger brød."}}},
		{"a word more", "Vi selger brød.", "Vi selger ikke brød.", []passage{{kept, "Vi selger "}, {added, "ikke "}, {kept, "brød."}}},
		{"a word less", "Vi selger ferskt brød.", "Vi selger brød.", []passage{{kept, "Vi selger "}, {removed, "ferskt "}, {kept, "brød."}}},
		{"another word", "Ti kunder i år", "Tolv kunder i år", []passage{{removed, "Ti "}, {added, "Tolv "}, {kept, "kunder i år"}}},
		{"only before", "Alt", "", []passage{{removed, "Alt"}}},
		{"only after", "", "Alt er nytt", []passage{{added, "Alt er nytt"}}},
		{"a sentence more", "Vi selger brød.", "Vi selger brød. Og kaker.", []passage{{kept, "Vi selger brød. "}, {added, "Og kaker."}}},
		{"paragraphs", "En.\n\nTo.", "En.\n\nTre.", []passage{{kept, "En.\n\n"}, {removed, "To."}, {added, "Tre."}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, compareWords(tt.before, tt.after), cmp.AllowUnexported(passage{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzCompareWords(f *testing.F) {
	f.Add("Vi selger brød", "Vi selger ikke brød")
	f.Add(" a  b", "a b ")
	f.Fuzz(func(t *testing.T, before, after string) {
		all := compareWords(before, after)
		for c, want := range map[change]string{added: before, removed: after} {
			var got strings.Builder
			for _, p := range without(all, c) {
				got.WriteString(p.text)
			}
			if diff := cmp.Diff(strings.Fields(want), strings.Fields(got.String()), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the passages make another text (-want +got):\n%s", diff)
			}
		}
	})
}

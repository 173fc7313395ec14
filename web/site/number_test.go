package site_test

import (
	"testing"

	"saakorn/web/site"
)

func TestAmountsAreReadAsPeopleWriteThem(t *testing.T) {
	tests := []struct {
		typed string
		ore   int64
		ok    bool
	}{
		{"", 0, true}, {"0", 0, true}, {"500", 500_00, true}, {"500 000", 500_000_00, true}, {"500\u00a0000", 500_000_00, true},
		{"500.000", 500_000_00, true}, {"12 500,50", 12_500_50, true}, {"12.500,5", 12_500_50, true}, {"1000.25", 1000_25, true},
		{"kr 900", 900_00, true}, {"900 kroner", 900_00, true}, {"900,-", 900_00, true}, {"1 000 000 000", 1_000_000_000_00, true},
		{"-5", 0, false}, {"5,", 0, false}, {"5,123", 0, false}, {"5.12.3", 0, false}, {"fem", 0, false}, {"1e5", 0, false},
		{"99999999999999999999", 0, false}, {"５００", 0, false},
	}
	for _, tt := range tests {
		if ore, ok := site.Kroner(tt.typed); ok != tt.ok || ok && ore != tt.ore {
			t.Errorf("%q: got %d, %t; want %d, %t", tt.typed, ore, ok, tt.ore, tt.ok)
		}
	}
}

func TestNumbersAreWhole(t *testing.T) {
	for typed, want := range map[string]int64{"": 0, "24": 24, "1 200": 1200, "1.200": 1200} {
		if got, ok := site.Number(typed); !ok || got != want {
			t.Errorf("%q: got %d, %t", typed, got, ok)
		}
	}
	for _, typed := range []string{"2,5", "x", "-1", "1.2"} {
		if got, ok := site.Number(typed); ok {
			t.Errorf("%q is read as %d", typed, got)
		}
	}
}

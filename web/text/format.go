package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zone of the pages, on machines that have no zones

	"google.golang.org/protobuf/types/known/timestamppb"
)

// space holds a number together at the end of a line.
const space = "\u00a0"

// zone returns the zone in which all dates are.
func zone() *time.Location {
	l, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		return time.UTC // cannot be: the zones are built in
	}
	return l
}

func (p Printer) month(m time.Month) string {
	if p.Language == English {
		return m.String()
	}
	return [...]string{
		"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember",
	}[m-1]
}

// Day writes the date of a moment: «1. september 2023».
func (p Printer) Day(t time.Time) string {
	t = t.In(zone())
	if p.Language == English {
		return fmt.Sprintf("%d %s %d", t.Day(), p.month(t.Month()), t.Year())
	}
	return fmt.Sprintf("%d. %s %d", t.Day(), p.month(t.Month()), t.Year())
}

// ShortDay writes the date of a moment in figures, for tables: «01.09.2023».
func (p Printer) ShortDay(t time.Time) string {
	if p.Language == English {
		return t.In(zone()).Format("02/01/2006")
	}
	return t.In(zone()).Format("02.01.2006")
}

// Moment writes date and time: «1. september 2023 kl. 14.00».
func (p Printer) Moment(t time.Time) string {
	if p.Language == English {
		return p.Day(t) + " at " + t.In(zone()).Format("15.04")
	}
	return p.Day(t) + " kl. " + t.In(zone()).Format("15.04")
}

// Stamp writes a timestamp of the contract as Moment does; nothing when it is absent.
func (p Printer) Stamp(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return p.Moment(t.AsTime())
}

// StampDay writes the date of a timestamp of the contract; nothing when it is absent.
func (p Printer) StampDay(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return p.Day(t.AsTime())
}

// Date writes a calendar date of the contract, as 2019-11-30; nothing when it is empty.
func (p Printer) Date(iso string) string {
	t, err := time.ParseInLocation(time.DateOnly, iso, zone())
	if err != nil {
		return ""
	}
	return p.Day(t)
}

// ShortDate writes a calendar date of the contract in figures.
func (p Printer) ShortDate(iso string) string {
	t, err := time.ParseInLocation(time.DateOnly, iso, zone())
	if err != nil {
		return ""
	}
	return p.ShortDay(t)
}

// Number writes a whole number with its thousands apart: «500 000».
func (p Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), space)
}

// Kroner writes an amount in øre: «500 000 kroner», with two decimals when it is not whole.
func (p Printer) Kroner(ore int64) string { return p.Amount(ore) + space + "kroner" }

// Amount writes an amount in øre without its unit, for tables that name it: «500 000».
func (p Printer) Amount(ore int64) string {
	if ore < 0 {
		return "−" + p.Amount(-ore)
	}
	if ore%100 == 0 {
		return p.Number(ore / 100)
	}
	comma := ","
	if p.Language == English {
		comma = "."
	}
	return fmt.Sprintf("%s%s%02d", p.Number(ore/100), comma, ore%100)
}

// Bytes writes the size of a file.
func (p Printer) Bytes(n int64) string {
	if n < 1_000_000 {
		return p.Number(max(1, n/1000)) + space + "kB"
	}
	comma := ","
	if p.Language == English {
		comma = "."
	}
	return fmt.Sprintf("%d%s%d%sMB", n/1_000_000, comma, n%1_000_000/100_000, space)
}

// Percent writes a share in basis points: «33,3 %». Nothing for one that is not known.
func (p Printer) Percent(bp *int32) string {
	if bp == nil {
		return ""
	}
	if n := *bp; n < 0 {
		n = -n
		return "−" + p.Percent(&n)
	}
	tenths := (int64(*bp) + 5) / 10
	return p.Tenths(tenths) + space + "%"
}

// Tenths writes a number that is given in tenths: «4,5», and «4» when it is whole.
func (p Printer) Tenths(n int64) string {
	if n%10 == 0 {
		return p.Number(n / 10)
	}
	comma := ","
	if p.Language == English {
		comma = "."
	}
	return p.Number(n/10) + comma + strconv.FormatInt(n%10, 10)
}

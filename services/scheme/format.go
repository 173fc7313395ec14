package scheme

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"saakorn/services/platform/calendar"
)

// noBreakSpace keeps an amount and its unit on one line.
const noBreakSpace = "\u00a0"

// minus is the typographic minus sign.
const minus = "\u2212"

// orePerKrone is how many øre make one krone.
const orePerKrone = 100

// FormatAmount writes an amount in øre for people: "1 250 000 kroner" in Norwegian, with spaces
// that do not break, and "NOK 1,250,000" in English. Øre are written only when there are any.
func FormatAmount(ore int64, language string) string {
	sign, size := "", uint64(ore)
	if ore < 0 {
		sign, size = minus, -size
	}
	kroner, rest := size/orePerKrone, size%orePerKrone
	if language == English {
		return "NOK" + noBreakSpace + sign + group(kroner, ",") + decimals(rest, ".")
	}
	unit := "kroner"
	if kroner == 1 && rest == 0 {
		unit = "krone"
	}
	return sign + group(kroner, noBreakSpace) + decimals(rest, ",") + noBreakSpace + unit
}

func decimals(rest uint64, mark string) string {
	if rest == 0 {
		return ""
	}
	return fmt.Sprintf("%s%02d", mark, rest)
}

// group sets a separator between thousands, in every number of four digits or more.
func group(number uint64, separator string) string {
	digits := strconv.FormatUint(number, 10)
	var text strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			text.WriteString(separator)
		}
		text.WriteRune(digit)
	}
	return text.String()
}

// FormatDate writes a date for people: "24. november 2026", or "24 November 2026" in English. The
// zero date gives the empty string.
func FormatDate(date calendar.Date, language string) string {
	if date.IsZero() {
		return ""
	}
	if language == English {
		return fmt.Sprintf("%d %s %d", date.Day, date.Month, date.Year)
	}
	months := [...]string{
		"januar", "februar", "mars", "april", "mai", "juni",
		"juli", "august", "september", "oktober", "november", "desember",
	}
	return fmt.Sprintf("%d. %s %d", date.Day, months[date.Month-time.January], date.Year)
}

// FormatTime writes the date and the time of day that an instant has in Europe/Oslo: "24. november
// 2026 kl. 14.00", or "24 November 2026 at 14:00" in English.
func FormatTime(t time.Time, language string) string {
	date, local := FormatDate(calendar.On(t), language), t.In(calendar.Oslo())
	if language == English {
		return date + " at " + local.Format("15:04")
	}
	return date + " kl." + noBreakSpace + local.Format("15.04")
}

package grant

import (
	"time"

	"saakorn/services/scheme"
)

// Changed is [Award.changed] for tests.
func Changed(a Award, committedOre int64, rules scheme.AwardRules, now time.Time) Award {
	return a.changed(committedOre, rules, now)
}

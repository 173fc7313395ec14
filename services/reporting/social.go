package reporting

import (
	"slices"

	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/scheme"
)

// Keys of the indicator library that rates are worked out of. A scheme that leaves one of them out has
// no such rate.
const (
	keyReached           = "reached"
	keyIntake            = "intake"
	keyCompleted         = "completed"
	keyDroppedOut        = "dropped_out"
	keyPlacements        = "job_placements"
	keyOrdinary          = "ordinary_jobs"
	keyPermanent         = "permanent_jobs"
	keyFulltime          = "fulltime_jobs"
	keyFollowed6         = "followed_6m"
	keyInWork6           = "in_work_6m"
	keyFollowed12        = "followed_12m"
	keyInWork12          = "in_work_12m"
	keyClassified        = "intake_classified"
	keyHardest           = "intake_hardest"
	keyEndedHardest      = "ended_hardest"
	keyPlacementsHardest = "placements_hardest"
	keyFromNav           = "intake_from_nav"
)

// Why there is no rate.
const (
	NotReported  = "NOT_REPORTED"
	BaseTooSmall = "BASE_TOO_SMALL"
	IsSuppressed = "SUPPRESSED"
)

// Rate is a share of persons.
type Rate struct {
	Key string
	// BasisPoints is nil when there is no rate: Missing then says why.
	BasisPoints *int32
	// N is how many persons it is worked out of; nil when that is not told.
	N       *int64
	Missing string
}

// actuals are the reported numbers by key, for keys that were answered.
type actuals map[string]int64

func readActuals(content *saakornv1.ReportContent) actuals {
	a := actuals{}
	for _, i := range content.GetIndicators() {
		if i.Actual != nil {
			a[i.GetKey()] = i.GetActual()
		}
	}
	return a
}

// sum adds the numbers with the keys, and false when one of them is missing.
func (a actuals) sum(keys ...string) (int64, bool) {
	var total int64
	for _, key := range keys {
		n, ok := a[key]
		if !ok {
			return 0, false
		}
		total += n
	}
	return total, true
}

// Rates works out the shares of the indicator library (domain: social indicators). open tells that the
// reader may see small numbers; for others a rate that would give one away is left out, and so is one that
// would give away a number that is hidden for the sake of a small one.
func Rates(content *saakornv1.ReportContent, rules scheme.Reporting, open bool) []Rate {
	a, rule := readActuals(content), rules.Suppression
	hidden := func([]string) bool { return false }
	if !open {
		behind := hiddenKeys(content, rules)
		hidden = func(keys []string) bool {
			return slices.ContainsFunc(keys, func(key string) bool { return slices.Contains(behind, key) })
		}
	}
	shares := []struct {
		key       string
		part, all []string
	}{
		{"dropout_rate", []string{keyDroppedOut}, []string{keyCompleted, keyDroppedOut}},
		{"placement_rate", []string{keyPlacements}, []string{keyCompleted, keyDroppedOut}},
		{"ordinary_share", []string{keyOrdinary}, []string{keyPlacements}},
		{"permanent_share", []string{keyPermanent}, []string{keyPlacements}},
		{"fulltime_share", []string{keyFulltime}, []string{keyPlacements}},
		{"retained_6m", []string{keyInWork6}, []string{keyFollowed6}},
		{"retained_12m", []string{keyInWork12}, []string{keyFollowed12}},
		{"hardest_share", []string{keyHardest}, []string{keyClassified}},
		{"nav_referral_share", []string{keyFromNav}, []string{keyIntake}},
	}
	rates := make([]Rate, 0, len(shares))
	for _, s := range shares {
		part, okPart := a.sum(s.part...)
		all, okAll := a.sum(s.all...)
		r := rateOf(s.key, part, all, okPart && okAll, rule, open)
		if hidden(s.all) {
			r.BasisPoints, r.N = nil, nil
		}
		if r.Missing == "" && (hidden(s.part) || hidden(s.all)) {
			r.BasisPoints, r.Missing = nil, IsSuppressed
		}
		rates = append(rates, r)
	}
	return rates
}

func rateOf(key string, part, all int64, known bool, rule scheme.SuppressionRule, open bool) Rate {
	switch {
	case !known:
		return Rate{Key: key, Missing: NotReported}
	case all < int64(rule.SmallestBase):
		r := Rate{Key: key, Missing: BaseTooSmall}
		if open || !rule.Hides(all) {
			r.N = &all
		}
		return r
	case !open && (rule.Hides(part) || rule.Hides(all-part)):
		// The number could be worked out from the rate and its base.
		return Rate{Key: key, N: &all, Missing: IsSuppressed}
	}
	return Rate{Key: key, BasisPoints: ratio(part, all), N: &all}
}

// smallestCreamingGroup is how many persons each group needs before the groups are compared.
const smallestCreamingGroup = 10

// CreamingIndex returns the placement rate of those furthest from work over that of the others, in basis
// points: 10 000 is equal. It is nil with fewer than ten persons in either group.
func CreamingIndex(content *saakornv1.ReportContent) *int32 {
	a := readActuals(content)
	ended, ok1 := a.sum(keyCompleted, keyDroppedOut)
	placed, ok2 := a.sum(keyPlacements)
	endedHardest, ok3 := a.sum(keyEndedHardest)
	placedHardest, ok4 := a.sum(keyPlacementsHardest)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil
	}
	endedOthers, placedOthers := ended-endedHardest, placed-placedHardest
	if endedHardest < smallestCreamingGroup || endedOthers < smallestCreamingGroup || placedOthers <= 0 || placedHardest < 0 {
		return nil
	}
	// (placedHardest/endedHardest) / (placedOthers/endedOthers), with whole numbers.
	return ratio(placedHardest*endedOthers, endedHardest*placedOthers)
}

// IntakeGap returns how much smaller or larger the share of those furthest from work became than was
// planned, in basis points; nil when too few were classified.
func IntakeGap(content *saakornv1.ReportContent, plannedPercent int32, rule scheme.SuppressionRule) *int32 {
	a := readActuals(content)
	hardest, ok1 := a.sum(keyHardest)
	classified, ok2 := a.sum(keyClassified)
	if !ok1 || !ok2 || classified < int64(rule.SmallestBase) {
		return nil
	}
	share := ratio(hardest, classified)
	if share == nil {
		return nil
	}
	gap := *share - plannedPercent*whole/100
	return &gap
}

// Suppress returns the content as others than the enterprise may see it: no number of persons that is
// small enough to point at somebody, and none from which such a number could be worked out.
func Suppress(content *saakornv1.ReportContent, rules scheme.Reporting) (shown *saakornv1.ReportContent, changed bool) {
	shown = proto.CloneOf(content)
	hidden := hiddenKeys(content, rules)
	for _, i := range shown.GetIndicators() {
		if !countsPersons(i, rules) {
			continue
		}
		for _, n := range []**int64{&i.Actual, &i.Baseline, &i.N} {
			if *n != nil && rules.Suppression.Hides(**n) {
				*n, changed = nil, true
			}
		}
		if i.Actual != nil && slices.Contains(hidden, i.GetKey()) {
			i.Actual, changed = nil, true
		}
	}
	return shown, changed
}

// countsPersons tells whether small numbers of the indicator are hidden. An indicator of the enterprise's
// own may count persons, so it is treated as if it did.
func countsPersons(i *saakornv1.ReportedIndicator, rules scheme.Reporting) bool {
	rule, ok := rules.Indicator(i.GetKey())
	return !ok || rule.Persons
}

// hiddenKeys returns the indicators whose numbers are large, and give a small one away: a sum of which
// one part is hidden, and a number less the part of it that is shown.
func hiddenKeys(content *saakornv1.ReportContent, rules scheme.Reporting) []string {
	a := readActuals(content)
	small := func(key string) bool { n, ok := a[key]; return ok && rules.Suppression.Hides(n) }
	var hidden []string
	for _, rule := range rules.Indicators {
		parts := slices.DeleteFunc(slices.Clone(rule.SumOf), func(key string) bool { return !small(key) })
		if len(parts) == 1 {
			hidden = append(hidden, rule.Key)
		}
		if all, ok := a[rule.PartOf]; rule.PartOf != "" && ok {
			if n, ok := a[rule.Key]; ok && rules.Suppression.Hides(all-n) {
				hidden = append(hidden, rule.Key)
			}
		}
	}
	return hidden
}

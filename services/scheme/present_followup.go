package scheme

import saakornv1 "saakorn/proto/gen/saakorn/v1"

// presentFollowup leaves out the limits of warnings: they are for those who talk with the enterprise.
func presentFollowup(f Followup) *saakornv1.SchemeFollowup {
	number := func(n int) int32 { return int32(n) }
	return &saakornv1.SchemeFollowup{
		CheckinsLow: int32(f.Checkins.Low), CheckinsMedium: int32(f.Checkins.Medium), CheckinsHigh: int32(f.Checkins.High),
		ExpectedEarnedShare: each(f.ExpectedEarnedShare, number), AfterMonths: each(f.After.Months, number),
		Dimensions: each(f.Dimensions, func(d Dimension) *saakornv1.DimensionRule {
			return &saakornv1.DimensionRule{Key: d.Key, Title: presentText(d.Title), Guidance: presentText(d.Guidance), Measure: string(d.Measure)}
		}),
	}
}

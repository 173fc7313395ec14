package scheme

import saakornv1 "saakorn/proto/gen/saakorn/v1"

func presentPayment(r PaymentRules) *saakornv1.SchemePayment {
	return &saakornv1.SchemePayment{
		Instalments: each(r.Instalments, func(i InstalmentRule) *saakornv1.InstalmentRule {
			return &saakornv1.InstalmentRule{
				Key: i.Key, Title: presentText(i.Title), SharePercent: int32(i.SharePercent),
				Gates: each(i.Gates, func(g PaymentGate) string { return string(g) }),
			}
		}),
		ExpectedDays: int32(r.ExpectedDays), RecoveryDueDays: int32(r.Recovery.DueDays),
		RecoveryMaxParts: int32(r.Recovery.MaxParts), RecoverySetOff: r.Recovery.SetOff,
	}
}

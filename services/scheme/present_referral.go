package scheme

import saakornv1 "saakorn/proto/gen/saakorn/v1"

func presentReferral(r ReferralRule) *saakornv1.SchemeReferral {
	return &saakornv1.SchemeReferral{Email: r.Email}
}

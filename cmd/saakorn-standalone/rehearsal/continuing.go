package rehearsal

import (
	"context"
	"fmt"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// answerContinuation says whether an enterprise that applies for a continuation has moved in the right
// direction, and returns the newest etag of the case. Other cases have no such question, and what is
// dismissed needs no answer.
func answerContinuation(ctx context.Context, x *part, officer *actor, etag string) (string, error) {
	dismissed := x.outcome() == saakornv1.Outcome_OUTCOME_DISMISSED
	if x.kind != saakornv1.ApplicationType_APPLICATION_TYPE_CONTINUATION || dismissed {
		return etag, nil
	}
	q := &saakornv1.AnswerContinuationRequest{
		RequestId: fresh(), CaseId: x.caseID, Etag: etag, Direction: saakornv1.Direction_DIRECTION_PARTLY,
		Reasons: "Flere er i arbeid enn i fjor, men salget har ikke økt som planlagt.",
	}
	if x.fate == awarded {
		q.Direction, q.Reasons = saakornv1.Direction_DIRECTION_YES, "Flere er i arbeid enn i fjor, og salget dekker en større del av kostnadene."
	}
	answer, err := officer.continuation.AnswerContinuation(ctx, q)
	if err != nil {
		return "", fmt.Errorf("answer about a continuation: %w", err)
	}
	return answer.GetCase().GetEtag(), nil
}

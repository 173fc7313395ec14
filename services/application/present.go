package application

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application/db"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// The contract's enums are the stored words with a prefix.
const (
	typePrefix  = "APPLICATION_TYPE_"
	statePrefix = "APPLICATION_STATE_"
)

func typeKey(t saakornv1.ApplicationType) scheme.ApplicationTypeKey {
	return scheme.ApplicationTypeKey(strings.TrimPrefix(t.String(), typePrefix))
}

// PresentType returns the contract's value of an application type.
func PresentType(key scheme.ApplicationTypeKey) saakornv1.ApplicationType {
	return saakornv1.ApplicationType(saakornv1.ApplicationType_value[typePrefix+string(key)])
}

func stateFilter(state saakornv1.ApplicationState) *string {
	if state == saakornv1.ApplicationState_APPLICATION_STATE_UNSPECIFIED {
		return nil
	}
	name := strings.TrimPrefix(state.String(), statePrefix)
	return &name
}

func optionalID(text string) *uuid.UUID {
	if text == "" {
		return nil
	}
	id := uuid.MustParse(text)
	return &id
}

func present(a Application, files []Attachment) *saakornv1.Application {
	p := &saakornv1.Application{
		Id: a.ID.String(), Etag: a.Etag(), CallId: a.CallID.String(), EnterpriseId: a.EnterpriseID.String(),
		Type: PresentType(a.Type), State: saakornv1.ApplicationState(saakornv1.ApplicationState_value[statePrefix+string(a.State)]),
		Content: a.Content, Reference: a.Reference, Version: a.Version, HasUnsubmittedChanges: a.Unsubmitted, Late: a.Late,
		CreatedAt: timestamppb.New(a.CreatedAt), UpdatedAt: timestamppb.New(a.UpdatedAt), SubmittedAt: optionalTime(a.SubmittedAt),
		SchemeId: a.SchemeID, SchemeVersion: a.SchemeVersion,
	}
	if a.PreviousID != nil {
		p.PreviousApplicationId = a.PreviousID.String()
	}
	for _, f := range files {
		p.Attachments = append(p.Attachments, presentAttachment(f))
	}
	return p
}

func presentAttachment(f Attachment) *saakornv1.Attachment {
	return &saakornv1.Attachment{
		Id: f.ID.String(), Kind: f.Kind, FileName: f.FileName, MediaType: f.MediaType, SizeBytes: f.SizeBytes,
		Sha256: f.SHA256, UploadedAt: timestamppb.New(f.UploadedAt),
	}
}

func presentVersion(row db.ApplicationVersion, files []Attachment) (*saakornv1.ApplicationVersion, error) {
	content, err := decodeContent(row.Content)
	if err != nil {
		return nil, err
	}
	v := &saakornv1.ApplicationVersion{
		Version: row.Version, Content: content, SubmittedAt: timestamppb.New(row.SubmittedAt),
		SubmittedBy: row.SubmittedBy, Sha256: row.Sha256,
	}
	for _, f := range files {
		v.Attachments = append(v.Attachments, presentAttachment(f))
	}
	return v, nil
}

func presentProblems(problems []fault.Violation) []*saakornv1.ContentProblem {
	list := make([]*saakornv1.ContentProblem, 0, len(problems))
	for _, p := range problems {
		list = append(list, &saakornv1.ContentProblem{Field: p.Field, Reason: p.Reason, Description: p.Description})
	}
	return list
}

func decodeSummary(row db.ListSubmittedRow) Application {
	a := Application{
		ID: row.ID, Revision: row.Revision, CallID: row.CallID, EnterpriseID: row.EnterpriseID, SchemeID: row.SchemeID,
		SchemeVersion: row.SchemeVersion, Type: scheme.ApplicationTypeKey(row.ApplicationType), State: State(row.State),
		Version: row.Version, Unsubmitted: row.Unsubmitted, Late: row.Late, PreviousID: row.PreviousID,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt, SubmittedAt: row.SubmittedAt,
	}
	if row.Reference != nil {
		a.Reference = *row.Reference
	}
	return a
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

// difference returns the parts of the content that changed, as they were and as they are.
func difference(before, after *saakornv1.ApplicationContent) (old, changed proto.Message) {
	was, is := &saakornv1.ApplicationContent{}, &saakornv1.ApplicationContent{}
	fields := was.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		a, b := before.ProtoReflect().Get(field), after.ProtoReflect().Get(field)
		if a.Equal(b) {
			continue
		}
		keep(was, before, field)
		keep(is, after, field)
	}
	return was, is
}

func keep(to, from *saakornv1.ApplicationContent, field protoreflect.FieldDescriptor) {
	if from.ProtoReflect().Has(field) {
		to.ProtoReflect().Set(field, from.ProtoReflect().Get(field))
	}
}

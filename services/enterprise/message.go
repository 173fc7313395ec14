package enterprise

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise/db"
	"saakorn/services/enterprise/registry"
)

// The functions below write the contract's messages.

func toProto(e Enterprise) *saakornv1.Enterprise {
	return &saakornv1.Enterprise{
		Id:                  e.ID.String(),
		Etag:                e.Etag(),
		OrganizationNumber:  e.OrganizationNumber.String(),
		Name:                e.Name,
		FormCode:            e.FormCode,
		StatedForm:          e.StatedForm,
		StatedLocation:      e.StatedLocation,
		StatedTargetGroup:   e.StatedTargetGroup,
		StatedGrantYears:    e.StatedGrantYears,
		Note:                e.Note,
		Source:              e.Source,
		MunicipalityNumber:  e.MunicipalityNumber,
		MunicipalityName:    e.MunicipalityName,
		RegisteredVoluntary: e.RegisteredVoluntary,
		Bankrupt:            e.Bankrupt,
		UnderLiquidation:    e.UnderLiquidation,
		Deleted:             e.Deleted,
		Language:            e.Language,
		RegistryCheckedAt:   timestampOrNil(e.RegistryCheckedAt),
	}
}

func factsToProto(f registry.Facts) *saakornv1.RegistryFacts {
	message := &saakornv1.RegistryFacts{
		OrganizationNumber:  f.OrganizationNumber,
		Name:                f.Name,
		FormCode:            f.FormCode,
		FormDescription:     f.FormDescription,
		MunicipalityNumber:  f.MunicipalityNumber,
		MunicipalityName:    f.MunicipalityName,
		AddressLines:        f.AddressLines,
		PostalCode:          f.PostalCode,
		City:                f.City,
		RegisteredVoluntary: f.RegisteredVoluntary,
		Bankrupt:            f.Bankrupt,
		UnderLiquidation:    f.UnderLiquidation,
		Language:            f.Language,
		StatutoryPurpose:    f.StatutoryPurpose,
	}
	if !f.ArticlesDated.IsZero() {
		message.ArticlesDated = f.ArticlesDated.String()
	}
	return message
}

func memberToProto(m Member) *saakornv1.Member {
	return &saakornv1.Member{PersonId: m.PersonID, Name: m.Name, Right: rightToProto(m.Right), Since: timestamppb.New(m.Since)}
}

func rightToProto(r Right) saakornv1.MemberRight {
	return saakornv1.MemberRight(saakornv1.MemberRight_value["MEMBER_RIGHT_"+string(r)])
}

func rightFromProto(r saakornv1.MemberRight) Right {
	switch r {
	case saakornv1.MemberRight_MEMBER_RIGHT_READER:
		return Reader
	case saakornv1.MemberRight_MEMBER_RIGHT_EDITOR:
		return Editor
	case saakornv1.MemberRight_MEMBER_RIGHT_ADMINISTRATOR:
		return Administrator
	default:
		return ""
	}
}

func navUnitToProto(row db.NavUnit) *saakornv1.NavUnit {
	return &saakornv1.NavUnit{
		Id:              row.ID.String(),
		UnitNumber:      row.UnitNumber,
		Name:            row.Name,
		Level:           row.Level,
		NorgType:        row.NorgType,
		StatedRelations: row.StatedRelations,
		ListedInReport:  row.ListedInReport,
		Note:            row.Note,
		Source:          row.Source,
	}
}

func relationToProto(row db.ListRelationsRow) *saakornv1.Relation {
	return &saakornv1.Relation{
		Id:             row.ID.String(),
		EnterpriseId:   row.EnterpriseID.String(),
		EnterpriseName: row.EnterpriseName,
		NavUnitId:      row.NavUnitID.String(),
		NavUnitName:    row.NavUnitName,
		Types:          typesToProto(row.Types),
		Period:         row.Period,
		Description:    row.Description,
		Source:         row.Source,
	}
}

func typesToProto(names []string) []saakornv1.CollaborationType {
	types := make([]saakornv1.CollaborationType, len(names))
	for i, name := range names {
		types[i] = saakornv1.CollaborationType(saakornv1.CollaborationType_value["COLLABORATION_TYPE_"+name])
	}
	return types
}

func timestampOrNil(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

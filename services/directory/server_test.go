package directory_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/person"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// save makes the people known in the installation.
func save(t *testing.T, api *installationtest.API, people ...person.Person) {
	t.Helper()
	err := database.InTransaction(t.Context(), api.Installation.Pool, func(tx pgx.Tx) error {
		return person.Save(t.Context(), tx, people, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestColleaguesAreFoundByRoleAndByAPartOfTheirName(t *testing.T) {
	api := installationtest.New(t)
	save(t, api,
		person.Person{ID: "both", Name: "Zz Åse Ask", Email: "ase@saakorn.example", Roles: []saakornv1.Role{saakornv1.Role_ROLE_ENTREPRENEUR, saakornv1.Role_ROLE_ASSESSOR}},
		person.Person{ID: "nobody", Name: "Zz Uten Rolle"},
		person.Person{ID: "owner", Name: "Zz Eier Eiersen", Roles: []saakornv1.Role{saakornv1.Role_ROLE_ENTREPRENEUR}},
		person.Person{ID: "officer", Name: "ZZ Ærlig", Roles: []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER}},
		person.Person{ID: "manager", Name: "Zz 100% Yr", Roles: []saakornv1.Role{saakornv1.Role_ROLE_MANAGER}},
	)
	const assessor, officer, manager = saakornv1.Role_ROLE_ASSESSOR, saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_MANAGER
	for name, tt := range map[string]struct {
		query string
		roles []saakornv1.Role
		want  []string
	}{
		"in the order of the Norwegian alphabet": {"zz", nil, []string{"manager", "officer", "both"}},
		"one role":                               {"zz", []saakornv1.Role{assessor}, []string{"both"}},
		"one of several roles":                   {"zz", []saakornv1.Role{assessor, officer}, []string{"officer", "both"}},
		"capitals do not matter":                 {" ÆRLIG ", []saakornv1.Role{officer}, []string{"officer"}},
		"a part of a name":                       {"åse as", nil, []string{"both"}},
		"a sign is a sign":                       {"100% y", []saakornv1.Role{manager}, []string{"manager"}},
		"no pattern":                             {"zz%yr", nil, nil},
		"an owner of an enterprise":              {"eiersen", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := saakornv1.NewPersonServiceClient(api.Connection).ListPeople(api.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListPeopleRequest{Query: tt.query, Roles: tt.roles})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range answer.GetPeople() {
				got = append(got, p.GetId())
				if slices.Contains(p.GetRoles(), saakornv1.Role_ROLE_ENTREPRENEUR) {
					t.Errorf("it is told whom %s acts for in private", p.GetId())
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryPageOfColleaguesComesOnce(t *testing.T) {
	api := installationtest.New(t)
	var want []string
	for i := range 7 {
		id := fmt.Sprintf("same-%d", i) // with one name, so that only the identifier tells them apart
		save(t, api, person.Person{ID: id, Name: "Xx Navnesøster", Roles: []saakornv1.Role{saakornv1.Role_ROLE_AUDITOR}})
		want = append(want, id)
	}
	var got []string
	r := &saakornv1.ListPeopleRequest{PageSize: 3, Query: "navnesøster"}
	for {
		answer, err := saakornv1.NewPersonServiceClient(api.Connection).ListPeople(api.As(t.Context(), installationtest.Manager), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range answer.GetPeople() {
			got = append(got, p.GetId())
		}
		if r.PageToken = answer.GetNextPageToken(); r.GetPageToken() == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEntrepreneursAreNoRoleToAskFor(t *testing.T) {
	api := installationtest.New(t)
	_, err := saakornv1.NewPersonServiceClient(api.Connection).ListPeople(api.As(t.Context(), installationtest.Manager), &saakornv1.ListPeopleRequest{Roles: []saakornv1.Role{saakornv1.Role_ROLE_ENTREPRENEUR}})
	if got := installationtest.Refused(t, err); got.Code != codes.InvalidArgument || len(got.Fields) != 1 || !strings.HasPrefix(got.Fields[0], "roles[0] ") {
		t.Errorf("%+v", got)
	}
}

func TestManyEntrepreneursAreNotReadToFindAColleague(t *testing.T) {
	api := installationtest.New(t)
	pool := api.Installation.Pool
	_, err := pool.Exec(t.Context(), `INSERT INTO person (id, name, roles, updated_at)
		SELECT 'many-' || i, 'Navn ' || i, '{ROLE_ENTREPRENEUR}', now() FROM generate_series(1, 50000) i`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), "ANALYZE person"); err != nil {
		t.Fatal(err)
	}
	rows, err := pool.Query(t.Context(), "EXPLAIN "+person.ListColleagues, "", "", []string{"ROLE_ASSESSOR"}, "tveit", 51)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(plan, "\n"); !strings.Contains(text, "person_colleague_name") || strings.Contains(text, "Seq Scan") {
		t.Error(text)
	}
}

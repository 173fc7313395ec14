package register_test

import (
	"os"
	"testing"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
	"saakorn/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// filled holds an enterprise that a registry knows, one that a report names, and a unit that works with it.
func filled(t *testing.T) *webtest.Site {
	t.Helper()
	site := webtest.Start(t)
	site.API.RegisterEnterprise(t, "entrepreneur-01")
	for _, statement := range []string{
		`INSERT INTO enterprise (id, report_key, name, stated_form, stated_location, stated_target_group, stated_grant_years, source, registered_at)
			VALUES (md5('e')::uuid, 'SE99', 'Tråd og nål (fiktiv)', 'Forening', 'Grorud', 'Kvinner uten arbeid', '{2017,2018}', 'Fiktiv rapport, s. 12', now())`,
		`INSERT INTO nav_unit (id, report_key, unit_number, name, level, stated_relations, listed_in_report, source)
			VALUES (md5('u')::uuid, 'NU99', '0328', 'Nav Grorud', 'LOCAL', 4, true, 'Fiktiv rapport, s. 24')`,
		`INSERT INTO relation (id, enterprise_id, nav_unit_id, types, period, source)
			VALUES (md5('r')::uuid, md5('e')::uuid, md5('u')::uuid, '{DEVELOPMENT}', 'fra 2018', 'Fiktiv rapport, s. 27')`,
	} {
		if _, err := site.API.Installation.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return site
}

func TestTheRegisterSaysWhatIsKnownAndFromWhere(t *testing.T) {
	site := filled(t)
	for _, language := range text.Languages() {
		b := site.Open(t, webtest.Options{Language: language})
		b.SignIn(installationtest.Manager)
		b.Visit("/register")
		b.Look("register/enterprises-" + string(language))
		b.Visit("/register/units")
		b.Look("register/units-" + string(language))
	}
	b := site.Open(t, webtest.Options{NoScript: true})
	b.SignIn(installationtest.Manager)
	b.Visit("/register")
	b.Fill("query", "Tråd")
	b.Press("Søk")
	b.Follow("Tråd og nål")
	b.Wants("Rapporten sier", "Kvinner uten arbeid", "2017, 2018", "Fiktiv rapport, s. 12", "fra 2018")
	b.Follow("Nav Grorud")
	b.Wants("0328", "Tråd og nål", "Fiktiv rapport, s. 24")
	look := site.Open(t, webtest.Options{})
	look.SignIn(installationtest.Manager)
	look.Visit("/register?query=finnes+ikke")
	look.Wants("Ingen treff")
	look.Look("register/none")
	look.Visit("/register?query=Tr%C3%A5d")
	look.Follow("Tråd og nål")
	look.Look("register/enterprise")
	look.Follow("Nav Grorud")
	look.Look("register/unit")
}

func TestTheRegisterIsNotForEntrepreneurs(t *testing.T) {
	site := filled(t)
	b := site.Open(t, webtest.Options{})
	b.SignIn("entrepreneur-02")
	b.Visit("/register")
	if got := webtest.Eval[int](b, `document.querySelectorAll("main tbody tr").length`); got != 0 {
		t.Errorf("somebody else's enterprises are shown: %d", got)
	}
}

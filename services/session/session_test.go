package session_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

const clientID = "pages"

// issuer signs ID tokens, as a real one would.
type issuer struct {
	t   *testing.T
	url string
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.url, "jwks_uri": i.url + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	})
	return i
}

// token signs a token with the claims that a person has, changed by the given ones.
func (i *issuer) token(changed map[string]any) string {
	i.t.Helper()
	now := time.Now()
	claims := map[string]any{
		"iss": i.url, "aud": clientID, "sub": "entrepreneur-01", "name": "Amina Askespire", "roles": []string{"ROLE_ENTREPRENEUR"},
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": "of the pages",
	}
	maps.Copy(claims, changed)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "one"}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		i.t.Fatal(err)
	}
	return token
}

func start(t *testing.T) (*installationtest.API, saakornv1.SessionServiceClient, *issuer) {
	t.Helper()
	api, i := installationtest.New(t), newIssuer(t)
	if err := api.Installation.TrustDevelopmentIssuer(i.url, clientID); err != nil {
		t.Fatal(err)
	}
	return api, saakornv1.NewSessionServiceClient(api.Connection), i
}

func bearer(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func TestASessionIsWhomTheIssuerNamesUntilItIsEnded(t *testing.T) {
	api, sessions, i := start(t)
	started, err := sessions.StartSession(t.Context(), &saakornv1.StartSessionRequest{IdToken: i.token(nil)})
	if err != nil {
		t.Fatal(err)
	}
	secret := started.GetSecret()
	got, err := sessions.ContinueSession(t.Context(), &saakornv1.ContinueSessionRequest{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if got.GetPersonId() != "entrepreneur-01" || got.GetName() != "Amina Askespire" || len(got.GetRoles()) != 1 {
		t.Errorf("the session is of %v", got)
	}
	list, err := sessions.ListSessions(bearer(t.Context(), got.GetToken()), &saakornv1.ListSessionsRequest{})
	if err != nil || len(list.GetSessions()) != 1 {
		t.Errorf("lists %v, %v", list, err)
	}
	if n := api.Count(t, `SELECT count(*) FROM web_session s WHERE s::text LIKE '%' || $1 || '%'`, secret); n != 0 {
		t.Error("the secret itself is in the database")
	}
	if _, err := sessions.EndSession(t.Context(), &saakornv1.EndSessionRequest{Secret: secret}); err != nil {
		t.Fatal(err)
	}
	_, err = sessions.ContinueSession(t.Context(), &saakornv1.ContinueSessionRequest{Secret: secret})
	installationtest.WantRefused(t, err, codes.Unauthenticated, "SESSION_OVER")
	if _, err := sessions.EndSession(t.Context(), &saakornv1.EndSessionRequest{Secret: secret}); err != nil {
		t.Errorf("ending it again: %v", err)
	}
	if n := api.Count(t, `SELECT count(*) FROM audit_event WHERE action IN ('SESSION_STARTED', 'SESSION_ENDED') AND actor_id = 'entrepreneur-01'`); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

func TestTokensThatDoNotCountBeginNoSession(t *testing.T) {
	_, sessions, i := start(t)
	other := newIssuer(t)
	past := time.Now().Add(-time.Hour)
	for name, token := range map[string]string{
		"of an issuer that nobody trusts": other.token(nil),
		"signed with another key":         other.token(map[string]any{"iss": i.url}),
		"for somebody else":               i.token(map[string]any{"aud": "elsewhere"}),
		"that has expired":                i.token(map[string]any{"iat": past.Unix(), "exp": past.Add(time.Minute).Unix()}),
		"of nobody":                       i.token(map[string]any{"sub": ""}),
		"of the system itself":            i.token(map[string]any{"sub": "system"}),
		"that is none":                    "nonsense",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sessions.StartSession(t.Context(), &saakornv1.StartSessionRequest{IdToken: token})
			installationtest.WantRefused(t, err, codes.Unauthenticated, "ID_TOKEN_NOT_VALID")
		})
	}
}

func TestRolesThatNobodyKnowsGiveNoRights(t *testing.T) {
	_, sessions, i := start(t)
	started, err := sessions.StartSession(t.Context(), &saakornv1.StartSessionRequest{IdToken: i.token(map[string]any{"roles": []string{"ROLE_KING", "ROLE_UNSPECIFIED"}})})
	if err != nil {
		t.Fatal(err)
	}
	got, err := sessions.ContinueSession(t.Context(), &saakornv1.ContinueSessionRequest{Secret: started.GetSecret()})
	if err != nil || len(got.GetRoles()) != 0 {
		t.Errorf("has the roles %v, %v", got.GetRoles(), err)
	}
}

func TestASessionThatNobodyUsesExpires(t *testing.T) {
	api, sessions, i := start(t)
	started, err := sessions.StartSession(t.Context(), &saakornv1.StartSessionRequest{IdToken: i.token(nil)})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error {
		_, err := sessions.ContinueSession(t.Context(), &saakornv1.ContinueSessionRequest{Secret: started.GetSecret()})
		return err
	}
	shift := func(by string) {
		_, err := api.Installation.Pool.Exec(t.Context(), `UPDATE web_session SET seen_at = seen_at - $1::interval,
			expires_at = expires_at - $1::interval, ends_at = ends_at - $1::interval`, by)
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // used now and then it lasts, though not for longer than a day at work
		shift("110 minutes")
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	shift("110 minutes")
	installationtest.WantRefused(t, ask(), codes.Unauthenticated, "SESSION_OVER")
}

func TestAPersonAndAnAdministratorCanEndEverySessionOfAPerson(t *testing.T) {
	api, sessions, i := start(t)
	begin := func() string {
		started, err := sessions.StartSession(t.Context(), &saakornv1.StartSessionRequest{IdToken: i.token(nil)})
		if err != nil {
			t.Fatal(err)
		}
		return started.GetSecret()
	}
	revoke := func(caller string) (int32, error) {
		answer, err := sessions.RevokeSessions(api.As(t.Context(), caller), &saakornv1.RevokeSessionsRequest{RequestId: uuid.NewString(), PersonId: "entrepreneur-01"})
		return answer.GetEnded(), err
	}
	first, second := begin(), begin()
	_, err := revoke(installationtest.Stranger)
	installationtest.WantRefused(t, err, codes.PermissionDenied, "NOT_YOURS")
	if n, err := revoke("entrepreneur-01"); n != 2 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	for _, secret := range []string{first, second} {
		_, err := sessions.ContinueSession(t.Context(), &saakornv1.ContinueSessionRequest{Secret: secret})
		installationtest.WantRefused(t, err, codes.Unauthenticated, "SESSION_OVER")
	}
	begin()
	if n, err := revoke(installationtest.Administrator); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
}

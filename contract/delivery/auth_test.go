package delivery

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testSecret = "Zx9-Kq2.Vw7~Jt4"

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestNoAuthentication(t *testing.T) {
	a, err := ParseAuth("none", nil)
	require.NoError(t, err)
	require.Nil(t, a)
	require.Empty(t, a.Headers(Request{}))
	require.Empty(t, a.Secret())
	require.Equal(t, "none", a.String())
	require.Equal(t, "none", fmt.Sprintf("%s", a))

	var zero Auth
	require.Empty(t, zero.Headers(Request{}))
	require.Empty(t, zero.Secret())
	require.Equal(t, "none", zero.String())
}

// Each String, read again where the secret is in the environment, makes the same
// headers and the same String.
func TestStringRepeatsARun(t *testing.T) {
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte(testSecret))
	for _, row := range []struct{ spec, want, why string }{
		{"bearer:S", "bearer:$RINGPROOF_SECRET", "no options"},
		{"bearer:S,prefix=,header=X-Key", "bearer:$RINGPROOF_SECRET,header=X-Key,prefix=", "in the order of the table"},
		{"bearer:S,prefix=Token%20", "bearer:$RINGPROOF_SECRET,prefix=Token%20", "a space stays encoded, for shells"},
		{"secret:S", "secret:$RINGPROOF_SECRET", "no options"},
		{"hmac:S,alg=sha512", "hmac:$RINGPROOF_SECRET,alg=sha512", "the example of the documentation"},
		{"hmac:S,alg=sha256", "hmac:$RINGPROOF_SECRET,alg=sha256", "a default that was spelled out stays so"},
		{"hmac:S, unit=ms, alg=sha1", "hmac:$RINGPROOF_SECRET,alg=sha1,unit=ms", "spaces ahead of a name"},
		{"hmac:S,prefix=a%2Cb%25", "hmac:$RINGPROOF_SECRET,prefix=a%2Cb%25", "what would be read as something else stays encoded"},
		{"hmac:env:HOOK_KEY,encoding=base64", "hmac:env:HOOK_KEY,encoding=base64", "a variable can be named again"},
		{"hmac:$RINGPROOF_SECRET", "hmac:env:RINGPROOF_SECRET", "what String shows, untouched by a shell"},
		{"standard:W", "standard:$RINGPROOF_SECRET", "the prefix whsec_ belongs to the secret"},
	} {
		t.Run(row.spec, func(t *testing.T) {
			spec := strings.Replace(strings.Replace(row.spec, ":S", ":"+testSecret, 1), ":W", ":"+whsec, 1)
			secret := testSecret
			if strings.Contains(row.spec, ":W") {
				secret = whsec
			}
			getenv := environment("HOOK_KEY", secret, "RINGPROOF_SECRET", secret)
			a, err := ParseAuth(spec, getenv)
			require.NoError(t, err)
			require.Equal(t, row.want, a.String(), row.why)
			require.Equal(t, secret, a.Secret())

			again, err := ParseAuth(a.String(), getenv)
			require.NoError(t, err)
			r := Request{Method: "POST", URL: "http://x", Body: []byte("{}"), At: time.UnixMilli(1), ID: "m"}
			require.Equal(t, a.Headers(r), again.Headers(r))
			require.Equal(t, strings.Replace(a.String(), "$", "env:", 1), again.String())
		})
	}
}

// Each row is one mistake. S stands for the secret; the hint must help.
var badSpecs = []struct{ spec, problem, hint, why string }{
	{"", "auth: unknown scheme", "none, bearer:SECRET", "an unset shell variable must not send unauthenticated"},
	{"S", "auth: unknown scheme", "hmac:SECRET", "a secret without a scheme"},
	{"hmca:S", "auth: unknown scheme", "hmac:SECRET", "a mistyped scheme"},
	{"HMAC:S", "auth: unknown scheme", "hmac:SECRET", "schemes are in lower case"},
	{"none:S", "auth: unknown scheme", "none", "none takes nothing"},
	{"S:x", "auth: unknown scheme", "none", "a secret where the scheme should be"},
	{"bearer", "auth bearer: no secret", "bearer:env:NAME", "no colon"},
	{"hmac:", "auth hmac: no secret", "unset shell variable", "nothing behind the colon"},
	{"hmac:,alg=sha1", "auth hmac: no secret", "env:NAME", "only options"},
	{"standard:whsec_", "auth standard: the secret is empty once decoded", "whole", "only the prefix"},
	{"hmac:env:NOT_SET", "auth hmac: the environment variable NOT_SET is not set or empty", "export", "names the variable"},
	{"hmac:env:EMPTY", "auth hmac: the environment variable EMPTY is not set or empty", "export", "an empty secret is none"},
	{"hmac:env:deadbeef0123", "auth hmac: the environment variable that env: names is not set or empty", "export", "may be a secret that a shell put there"},
	{"hmac:env:", "auth hmac: what follows env: is not the name of an environment variable", "env:NAME", "no name"},
	{"hmac:env:$S", "auth hmac: what follows env: is not the name of an environment variable", "without a dollar", "not expanded"},
	{"bearer:env:BREAK", "auth bearer: the secret holds a line break or a zero byte", "strip", "a second header could follow"},
	{"hmac:env:BREAK", "auth hmac: the secret holds a line break or a zero byte", "strip", "the last line break of a file"},
	{"bearer:S ", "auth bearer: the secret begins or ends with a space, which HTTP drops from a header", "strip", "the target would see another token"},
	{"bearer:Sé", "auth bearer: a header's value may not hold a line break, a control character or a character beyond ASCII", "ASCII", "a token is a header's value"},
	{"secret:S\x01", "auth secret: a header's value may not hold a line break, a control character or a character beyond ASCII", "ASCII", "a control character"},
	{"hmac:S,S=1", "auth hmac: unknown option", "comma", "a secret with a comma in it must not be shown"},
	{"hmac:a,S", "auth hmac: unknown option", "env:NAME", "the same without an equals sign"},
	{"secret:S,prefix=x", "auth secret: unknown option", "header=", "an option of another scheme"},
	{"standard:V,alg=sha512", "auth standard: unknown option", "header=", "its algorithm is fixed"},
	{"hmac:S,alg", "auth hmac alg: no value", "alg=VALUE", "no equals sign"},
	{"hmac:S,alg=md5", "auth hmac alg: unknown value", "sha256, sha512, sha1", "an algorithm that the provider does not have"},
	{"hmac:S,alg=", "auth hmac alg: unknown value", "sha256", "empty"},
	{"hmac:S,alg=sha1,alg=sha1", "auth hmac alg: given twice", "once", "which one counts?"},
	{"hmac:S,encoding=base32", "auth hmac encoding: unknown value", "hex, base64", ""},
	{"hmac:S,unit=us", "auth hmac unit: unknown value", "s, ms", ""},
	{"hmac:S,timestamp=no", "auth hmac timestamp: unknown value", "true or false", ""},
	{"hmac:S,secret-base64=1", "auth hmac secret-base64: unknown value", "true or false", ""},
	{"hmac:S,header=", "auth hmac header: not the name of a header", "dashes", "empty"},
	{"hmac:S,header=x y", "auth hmac header: not the name of a header", "dashes", "a space"},
	{"hmac:S,header=x:%0D%0Ay", "auth hmac header: not the name of a header", "dashes", "a line break"},
	{"hmac:S,header=Ü", "auth hmac header: not the name of a header", "dashes", "beyond ASCII"},
	{"hmac:S,header=Host", "auth hmac header: this header belongs to HTTP itself", "x-signature", "Go would take it for the host"},
	{"hmac:S,id-header=content-length", "auth hmac id-header: this header belongs to HTTP itself", "x-signature", "would break the request"},
	{"bearer:S,header=a%20b", "auth bearer header: not the name of a header", "dashes", "decoded first"},
	{"hmac:S,prefix=a%0D%0Ab", "auth hmac prefix: a header's value may not hold a line break, a control character or a character beyond ASCII", "ASCII", "a line break, encoded"},
	{"hmac:S,prefix=a\nb", "auth hmac prefix: a header's value may not hold a line break, a control character or a character beyond ASCII", "ASCII", "a line break, as it is"},
	{"hmac:S,prefix=100%", "auth hmac prefix: a percent sign without two hexadecimal digits", "%25", ""},
	{"hmac:S,format={bdy}", "auth hmac format: unknown placeholder", "{body} {timestamp}", "mistyped"},
	{"hmac:S,format=", "auth hmac format: nothing to sign", "{body}", "empty"},
	{"hmac:S,format={svix-id}.{body}", "auth hmac format: it signs an id that is not sent", "id-header=", "nobody could verify it"},
	{"hmac:S,timestamp=false,format={timestamp}.{body}", "auth hmac format: it signs a timestamp that is not sent", "timestamp=false", "nobody could verify it"},
	{"hmac:S,timestamp-header=x,timestamp=false", "auth hmac timestamp: the timestamp has a header, and is not to be sent", "leave", "a contradiction, in either order"},
	{"hmac:S,timestamp=false,timestamp-header=x", "auth hmac timestamp: the timestamp has a header, and is not to be sent", "leave", "a contradiction, in either order"},
	{"hmac:S,header=x-a,timestamp-header=X-A", "auth hmac header: two things in one header", "each", "case-insensitive"},
	{"standard:V,id-header=webhook-signature", "auth standard header: two things in one header", "each", ""},
	{"hmac:S,secret-base64=true", "auth hmac: the secret is not base64", "alphabet", "the offset of its error would tell of the secret"},
	{"standard:S", "auth standard: the secret is not base64", "alphabet", ""},
	{"standard:whsec_S", "auth standard: the secret is not base64", "alphabet", ""},
}

func withSecrets(spec string) string {
	spec = strings.ReplaceAll(spec, "S", testSecret)
	for _, word := range []string{"NOT_" + testSecret + "ET"} {
		spec = strings.ReplaceAll(spec, word, "NOT_SET")
	}
	return strings.ReplaceAll(spec, ":V", ":whsec_"+base64.StdEncoding.EncodeToString([]byte(testSecret)))
}

func TestBadSpecsAreRefusedWithAHint(t *testing.T) {
	getenv := environment("BREAK", testSecret+"\r\n")
	for _, row := range badSpecs {
		t.Run(row.spec, func(t *testing.T) {
			a, err := ParseAuth(withSecrets(row.spec), getenv)
			require.Nil(t, a)
			var bad *AuthError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, row.problem, err.Error(), row.why)
			require.Contains(t, bad.Hint, row.hint)
		})
	}
}

// shapes of a secret as it might get out.
func secretShapes(secret string) []string {
	shapes := []string{
		secret, secret[1 : len(secret)-1], // a part of it is enough
		base64.StdEncoding.EncodeToString([]byte(secret))[:12],
		fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret),
		strings.Trim(fmt.Sprint([]byte(secret)), "[]"),
		strings.ReplaceAll(strings.Trim(fmt.Sprint([]byte(secret)), "[]"), " ", ","),
	}
	if escaped := url.QueryEscape(secret); escaped != secret {
		shapes = append(shapes, escaped)
	}
	return shapes
}

// printed is v in every way that a log, a test or a report may print it.
func printed(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%T", "%p", "%10v"} {
		fmt.Fprintf(&b, verb+"\n", v)
		fmt.Fprintf(&b, verb+"\n", []any{v})
		fmt.Fprintf(&b, verb+"\n", struct{ X any }{v})
	}
	data, err := json.Marshal(map[string]any{"v": v})
	require.NoError(t, err)
	b.Write(data)
	slog.New(slog.NewTextHandler(&b, nil)).Info("v", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("v", "v", v)
	// testify prints differences by reflection, without methods.
	log := failures{&b}
	assert.Equal(log, v, reflect.Zero(reflect.TypeOf(v)).Interface())
	assert.Equal(log, v, "another")
	assert.Empty(log, v)
	return b.String()
}

type failures struct{ *bytes.Buffer }

func (f failures) Errorf(format string, args ...any) { fmt.Fprintf(f, format, args...) }

func TestNoSecretIsEverPrinted(t *testing.T) {
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte(testSecret))
	getenv := environment("BREAK", testSecret+"\r\n", "HOOK_KEY", testSecret)
	var printouts []string
	for _, spec := range []string{
		"bearer:S", "bearer:S,header=X-Key,prefix=", "bearer:env:HOOK_KEY", "secret:S", "secret:env:HOOK_KEY",
		"hmac:S", "hmac:S,alg=sha512,prefix=sha512=", "hmac:env:HOOK_KEY", "hmac:B,secret-base64=true", "standard:W", "standard:B",
	} {
		spec = strings.Replace(strings.Replace(spec, ":W", ":"+whsec, 1), ":B", ":"+strings.TrimPrefix(whsec, "whsec_"), 1)
		a, err := ParseAuth(strings.Replace(spec, ":S", ":"+testSecret, 1), getenv)
		require.NoError(t, err)
		require.NotEmpty(t, a.Secret())
		// The headers of tokens hold the secret, and must: they are not printed.
		printouts = append(printouts, printed(t, a), printed(t, *a), printed(t, &a), printed(t, Export{Auth: a}.Auth),
			a.String(), a.GoString())
	}
	for _, row := range badSpecs {
		_, err := ParseAuth(withSecrets(row.spec), getenv)
		require.Error(t, err)
		var bad *AuthError
		require.True(t, errors.As(err, &bad))
		printouts = append(printouts, printed(t, err), printed(t, *bad), err.Error())
	}
	for _, out := range printouts {
		for _, shape := range append(secretShapes(testSecret), secretShapes(whsec)...) {
			require.NotContains(t, out, shape)
		}
	}
}

// The test above can fail: a type that only has String is found out.
func TestPrintingFindsASecretThatIsThere(t *testing.T) {
	leak := struct{ hidden *struct{ s string } }{&struct{ s string }{testSecret}}
	require.Contains(t, printed(t, &leak), testSecret)
}

func TestAuthIsSafeForGoroutinesAndAliasesNothing(t *testing.T) {
	first, err := ParseAuth("hmac:k,alg=sha512,header=x-a", nil)
	require.NoError(t, err)
	second, err := ParseAuth("hmac:k", nil)
	require.NoError(t, err)
	require.Equal(t, "sha256", second.plan.Sign.Alg, "the first must not change the defaults")

	r := Request{Body: []byte("{}"), At: time.UnixMilli(0)}
	want := first.Headers(r)
	done := make(chan []Header)
	for range 8 {
		go func() { done <- first.Headers(r) }()
	}
	for range 8 {
		require.Equal(t, want, <-done)
	}
	require.Equal(t, "{}", string(r.Body))
}

// An id that is sent unsigned, as messageIdHeader alone does.
func TestIDIsSentWhereAHeaderIsNamed(t *testing.T) {
	a, err := ParseAuth("hmac:k,id-header=x-message-id", nil)
	require.NoError(t, err)
	headers := a.Headers(Request{At: time.Unix(7, 0), ID: "m1"})
	require.Len(t, headers, 3)
	require.Equal(t, []Header{{"x-message-id", "m1"}, {"x-timestamp", "7"}}, headers[:2])
}

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A secret with what URLs, JSON, HTML and shells write otherwise.
const plainSecret = `Zx9-Kq2/Vw7+Jt4"<&'s`

var standardSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(plainSecret))

// secretAuths are all schemes, with their secrets.
var secretAuths = []struct{ spec, secret string }{
	{"bearer:" + plainSecret, plainSecret},
	{"bearer:" + plainSecret + ",header=X-Key,prefix=", plainSecret},
	{"secret:" + plainSecret, plainSecret},
	{"hmac:" + plainSecret, plainSecret},
	{"hmac:" + plainSecret + ",alg=sha512,encoding=base64,id-header=x-id,format={svix-id}.{url}.{body}", plainSecret},
	{"hmac:" + strings.TrimPrefix(standardSecret, "whsec_") + ",secret-base64=true", strings.TrimPrefix(standardSecret, "whsec_")},
	{"standard:" + standardSecret, standardSecret},
	{"secret:env:RINGPROOF_TEST_SECRET", plainSecret},
}

// formsOf are the ways in which a secret may come out, in lower case: as it is, as it
// is in JSON, in a URL, in base64 (whatever stands before it) and in hexadecimal.
func formsOf(secret string) []string {
	bare := strings.TrimPrefix(secret, "whsec_")
	var forms []string
	for _, s := range []string{bare, plainSecret} {
		forms = append(forms, s, s[1:len(s)-1], url.QueryEscape(s), url.PathEscape(s), fmt.Sprintf("%q", s), hex.EncodeToString([]byte(s)),
			strings.ReplaceAll(strings.ReplaceAll(s, "<", `\u003c`), "&", `\u0026`))
		for shift := range 3 {
			// What stands before it moves it by up to two bytes; its edges mix with what is beside it.
			coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("-", shift) + s))
			forms = append(forms, coded[4:len(coded)-4], strings.NewReplacer("+", "-", "/", "_").Replace(coded[4:len(coded)-4]))
		}
	}
	for i, f := range forms {
		forms[i] = strings.ToLower(f)
	}
	return forms
}

// leaked is the first form of the secret that is in the text.
func leaked(text, secret string) string {
	text = strings.ToLower(text)
	for _, form := range formsOf(secret) {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// echoes are targets that give back what they were sent, as careless ones do, or that
// know the secret and say it.
func echoes(t *testing.T, secret string) map[string]string {
	raw := func(h http.HandlerFunc) string { return handler(t, h) }
	redirect := func(code func(string) string) string {
		return raw(func(w http.ResponseWriter, r *http.Request) {
			dump, _ := httputil.DumpRequest(r, true)
			r.Body.Close()
			w.Header()["Location"] = []string{"http://127.0.0.1/" + code(secret) + "/next"}
			w.WriteHeader(http.StatusFound)
			_, _ = w.Write(dump)
		})
	}
	lowerEscape := func(s string) string { return strings.ToLower(url.QueryEscape(s)) }
	return map[string]string{
		"its body": raw(func(w http.ResponseWriter, r *http.Request) {
			dump, _ := httputil.DumpRequest(r, true)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(dump)
		}),
		"its status line":        connections(t, saying("HTTP/1.1 401 "+secret+"\r\nContent-Length: 0\r\n\r\n")),
		"garbage":                connections(t, saying(secret+" is not what I know\r\n")),
		"a status of its own":    connections(t, saying("HTTP/1.1 "+secret+"\r\n\r\n")),
		"its headers":            connections(t, saying("HTTP/1.1 403 No\r\nX-Sent: "+secret+"\r\nContent-Length: "+secret+"\r\n\r\n")),
		"a redirect, plain":      redirect(func(s string) string { return s }),
		"a redirect, in a query": redirect(func(s string) string { return "?token=" + s }),
		"a redirect, escaped":    redirect(url.QueryEscape),
		"a redirect, path":       redirect(url.PathEscape),
		"a redirect, lower case": redirect(lowerEscape),
		"a redirect, base64": redirect(func(s string) string {
			return base64.StdEncoding.EncodeToString([]byte("user:" + s))
		}),
		"a redirect, base64 for URLs": redirect(func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }),
		"a redirect, hex":             redirect(func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"a redirect, bare":            redirect(func(s string) string { return strings.TrimPrefix(s, "whsec_") }),
		"nobody":                      deadPort(t),
	}
}

func TestASecretIsInNoOutput(t *testing.T) {
	t.Setenv("RINGPROOF_TEST_SECRET", plainSecret)
	for _, a := range secretAuths {
		for name, target := range echoes(t, a.secret) {
			for _, more := range [][]string{nil, {"-v"}, {"-q"}, {"--format", "json"}, {"-v", "--chaos", "duplicate=1,corrupt=0.5", "--retry", "fixed,max=1,base=1ms"}} {
				args := append([]string{"send", "--to", target + "/hook?q=1", "--auth", a.spec, "--scenario", "outbound-busy"}, more...)
				code, out, errs := ringproof(nil, args...)
				assert.NotEqual(t, exitUsage, code, errs)
				assert.Empty(t, leaked(out+errs, a.secret), "%s, %s, %v: %s%s", a.spec, name, more, out, errs)
			}
		}
	}
}

// Who gives a secret where it does not belong has it not shown either.
func TestASecretInAnotherFlagIsNotRepeated(t *testing.T) {
	target := handler(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	for _, a := range secretAuths[:7] {
		quoted := strings.ReplaceAll(fmt.Sprintf("%q", a.secret), "\\u003c", "<")
		for _, more := range [][]string{
			{"--header", "X-Token: " + a.secret},
			{"--override", "/message/status=" + quoted},
			{"--to", target + "/hook?token=" + url.QueryEscape(a.secret)},
			{"--to", target + "/" + url.PathEscape(a.secret)},
		} {
			args := append([]string{"send", "--to", target, "--auth", a.spec, "--calls", "1"}, more...)
			code, out, errs := ringproof(nil, args...)
			assert.Equal(t, exitFindings, code, errs)
			assert.Contains(t, errs, "again: ringproof send")
			assert.Empty(t, leaked(out+errs, a.secret), "%v: %s%s", more, out, errs)
		}
	}
}

func TestASecretIsInNoErrorAboutOptions(t *testing.T) {
	for _, a := range secretAuths[:7] {
		scheme, _, _ := strings.Cut(a.spec, ":")
		for _, args := range [][]string{
			{"--auth", a.secret},
			{"--auth", scheme + " " + a.secret},
			{"--auth", strings.ToUpper(scheme) + ":" + a.secret},
			{"--auth", a.spec + ",no-such=1"},
			{"--auth", a.spec + "," + a.secret},
			{"--auth", a.spec + ",header=" + a.secret},
			{"--auth", scheme + ":env:" + a.secret},
			{"--auth", scheme + ":" + a.secret + "\n"},
			{"--auth" + a.spec}, // no space
			{"--auth:" + a.spec},
			{"--autj=" + a.spec},
			{"-a" + a.spec},
			{"--header", "Authorization " + a.secret},
			{"--header", "Bearer " + a.secret + ":x"},
			{"--header", "X-Token: " + a.secret + "\n"},
			{"--to", "http://user:" + a.secret + "@127.0.0.1/"},
			{"--to", "http://127.0.0.1:99999999/" + url.PathEscape(a.secret)},
			{"--to", "127.0.0.1/" + a.secret},
			{"--export", "k6", "--out", t.TempDir(), "--auth", a.spec, "--header", "X: " + a.secret},
		} {
			full := append([]string{"send", "--to", "http://127.0.0.1:1/", "--calls", "1"}, args...)
			code, out, errs := ringproof(nil, full...)
			assert.NotEqual(t, exitOK, code, args)
			assert.NotEqual(t, exitFindings, code, args)
			assert.Empty(t, leaked(out+errs, a.secret), "%v: %s", args, errs)
		}
	}
}

func TestASecretIsInNoExport(t *testing.T) {
	t.Setenv("RINGPROOF_TEST_SECRET", plainSecret)
	for _, a := range secretAuths {
		for _, kind := range exports {
			dir := filepath.Join(t.TempDir(), "out")
			code, out, errs := ringproof(nil, "send", "--to", "http://127.0.0.1:1/hook", "--auth", a.spec, "--scenario", "all", "--export", kind, "--out", dir)
			require.Equal(t, exitOK, code, errs)
			var all bytes.Buffer
			all.WriteString(out + errs)
			for file := range allFiles(t, dir) {
				data, err := os.ReadFile(filepath.Join(dir, file))
				require.NoError(t, err)
				all.Write(data)
			}
			assert.Greater(t, all.Len(), 10_000)
			assert.Empty(t, leaked(all.String(), a.secret), "%s in %s", a.spec, kind)
		}
	}
}

// The search finds what is there: a secret in each of its forms.
func TestALeakWouldBeFound(t *testing.T) {
	for _, text := range []string{
		plainSecret, "<-- status 401 " + plainSecret, url.QueryEscape(plainSecret), strings.ToLower(url.PathEscape(plainSecret)),
		base64.StdEncoding.EncodeToString([]byte("user:" + plainSecret)), base64.RawURLEncoding.EncodeToString([]byte("x" + plainSecret + "y")),
		hex.EncodeToString([]byte(plainSecret)), strings.ToUpper(hex.EncodeToString([]byte(plainSecret))), fmt.Sprintf("%q", plainSecret), standardSecret,
	} {
		assert.NotEmpty(t, leaked(text, plainSecret), text)
	}
	assert.Empty(t, leaked("ringproof send --auth hmac:$RINGPROOF_SECRET", plainSecret))
}

// allFiles are the names of what is in a folder.
func allFiles(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	require.NotEmpty(t, names)
	return names
}

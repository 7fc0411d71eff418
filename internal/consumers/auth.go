package consumers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Scheme is a way to prove who sent a delivery.
type Scheme string

// The schemes that a user of Vapi can choose from. OAuth2 sends a bearer token.
const (
	None     Scheme = ""
	Bearer   Scheme = "bearer"   // Authorization: Bearer SECRET
	Secret   Scheme = "secret"   // X-Vapi-Secret: SECRET
	HMAC     Scheme = "hmac"     // a signature over a format with the body in it
	Standard Scheme = "standard" // Standard Webhooks; the secret is whsec_ and base64
)

// Auth is what the service asks deliveries for.
type Auth struct {
	Scheme Scheme
	Secret string
	// Options are those that differ from the scheme's own, by the names that
	// [ParseAuth] reads.
	Options map[string]string
}

// presets are the options that a scheme has. The parts of a request that a format may
// name are {body} {timestamp} {method} {url} {svix-id}, the last from the id-header. A
// timestamp may be in either unit: its size tells.
var presets = map[Scheme]map[string]string{
	None:   {},
	Bearer: {"header": "Authorization", "prefix": "Bearer "},
	Secret: {"header": "X-Vapi-Secret"},
	HMAC: {"header": "x-signature", "prefix": "", "alg": "sha256", "encoding": "hex", "secret-base64": "false", "format": "",
		"timestamp": "true", "timestamp-header": "x-timestamp", "unit": "s", "id-header": "svix-id"},
	Standard: {"header": "webhook-signature", "timestamp-header": "webhook-timestamp", "id-header": "webhook-id"},
}

// fixed are what Standard Webhooks leaves no choice about.
var fixed = map[string]string{"prefix": "v1,", "alg": "sha256", "encoding": "base64", "secret-base64": "true", "format": "{svix-id}.{timestamp}.{body}"}

var hashes = map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New}

// ParseAuth reads none, bearer:TOKEN, secret:TOKEN, hmac:SECRET or standard:whsec_...,
// and behind a comma each the scheme's options, as alg=sha512; their values are
// percent-decoded. The secret may be env:NAME, then getenv gives it. No error holds
// what may be a secret.
func ParseAuth(spec string, getenv func(string) string) (Auth, error) {
	if spec == "" || spec == "none" {
		return Auth{}, nil
	}
	scheme, rest, _ := strings.Cut(spec, ":")
	fields := strings.Split(rest, ",")
	a := Auth{Scheme: Scheme(scheme), Secret: fields[0], Options: map[string]string{}}
	if name, ok := strings.CutPrefix(a.Secret, "env:"); ok {
		a.Secret = getenv(name)
	}
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		value, err := url.PathUnescape(value)
		if err != nil {
			return Auth{}, errors.New("a percent sign without two digits in an option of the authentication")
		}
		a.Options[name] = value
	}
	_, err := a.verifier()
	return a, err
}

// verifier is an Auth with everything that it leaves open filled in.
type verifier struct {
	scheme  Scheme
	key     []byte
	options map[string]string
}

func (a *Auth) verifier() (verifier, error) {
	preset, known := presets[a.Scheme]
	switch {
	case !known:
		return verifier{}, errors.New("unknown authentication; there are none, bearer, secret, hmac and standard")
	case a.Scheme != None && a.Secret == "":
		return verifier{}, errors.New("the authentication has no secret")
	}
	v := verifier{a.Scheme, []byte(a.Secret), maps.Clone(preset)}
	for name, value := range a.Options {
		if _, known := preset[name]; !known {
			return verifier{}, errors.New("unknown option of the authentication, or a comma in the secret")
		}
		v.options[name] = value
	}
	if a.Scheme == Standard {
		maps.Copy(v.options, fixed)
		v.key = bytes.TrimPrefix(v.key, []byte("whsec_"))
	}
	if v.options["format"] == "" {
		v.options["format"] = map[bool]string{true: "{timestamp}.{body}", false: "{body}"}[v.options["timestamp"] == "true"]
	}
	if a.Scheme != HMAC && a.Scheme != Standard {
		return v, nil
	}
	if encoding := v.options["encoding"]; hashes[v.options["alg"]] == nil || encoding != "hex" && encoding != "base64" {
		return verifier{}, errors.New("unknown algorithm or encoding of the authentication")
	}
	if v.options["secret-base64"] == "true" {
		key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(string(v.key), "="))
		if err != nil || len(key) == 0 {
			return verifier{}, errors.New("the secret is not base64")
		}
		v.key = key
	}
	return v, nil
}

// authenticate comes first, and over the bytes as they came: nothing of a body is worth
// reading before it is known to be genuine.
func (c *consumer) authenticate(d *delivery) *refusal {
	given, genuine := c.proof(d)
	if c.auth.scheme == None || genuine || given == "" && c.admitMissing {
		return nil
	}
	return &refusal{http.StatusUnauthorized, "the credentials are missing or wrong"}
}

// proof is what the delivery brings to prove that it is genuine, and whether it does.
func (c *consumer) proof(d *delivery) (given string, genuine bool) {
	option := c.auth.options
	given = d.Header.Get(option["header"])
	switch c.auth.scheme {
	case Bearer, Secret:
		// The word before a token may be in any case.
		at := min(len(option["prefix"]), len(given))
		return given, strings.EqualFold(given[:at], option["prefix"]) && c.same(given[at:], string(c.auth.key))
	case HMAC, Standard:
		want := option["prefix"] + c.signature(d)
		genuine = c.same(given, want)
		if c.auth.scheme == Standard {
			// While a key is being replaced there are several, each in its own signature.
			for one := range strings.FieldsSeq(given) {
				genuine = c.same(one, want) || genuine
			}
		}
		if strings.Contains(option["format"], "{timestamp}") {
			genuine = c.fresh(d.Header.Get(option["timestamp-header"])) && genuine
		}
	}
	return given, genuine
}

func (c *consumer) signature(d *delivery) string {
	option := c.auth.options
	address := "http://" + d.Host + d.URL.RequestURI()
	if d.TLS != nil {
		address = "https://" + d.Host + d.URL.RequestURI()
	}
	mac := hmac.New(hashes[option["alg"]], c.auth.key)
	parts := strings.NewReplacer("{body}", string(c.signed(d.body)), "{timestamp}", d.Header.Get(option["timestamp-header"]),
		"{method}", d.Method, "{url}", address, "{svix-id}", d.Header.Get(option["id-header"]))
	if _, err := parts.WriteString(mac, option["format"]); err != nil {
		panic(err) // a hash takes everything
	}
	if option["encoding"] == "base64" {
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// fresh reports whether a signed timestamp is close enough to now: what was once
// genuine must not be good for ever.
func (c *consumer) fresh(stamp string) bool {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	t := time.Unix(n, 0)
	if n > 1e11 { // as seconds, that would be the year 5138
		t = time.UnixMilli(n)
	}
	return c.now().Sub(t).Abs() <= c.tolerance
}

// sameSecret takes as long wherever two strings differ.
func sameSecret(given, want string) bool { return hmac.Equal([]byte(given), []byte(want)) }

func asReceived(body []byte) []byte { return body }

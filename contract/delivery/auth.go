package delivery

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Header is one line of a request's header.
type Header struct{ Name, Value string }

// Request is what a signature may cover.
type Request struct {
	// Method is in upper case, as it is sent.
	Method string
	// URL is the whole target, as it was asked for.
	URL string
	// Body is exactly what is sent.
	Body []byte
	// At is the time of this attempt: a retry is signed anew.
	At time.Time
	// ID is the id of the message, the same in each attempt. Only schemes with an
	// id header use it. It becomes a header, so it must be free of control
	// characters.
	ID string
}

// Auth is how a delivery proves who sent it; nil means not at all. It never prints
// its secret, whatever verb or encoder is used. It may be shared by goroutines.
type Auth struct {
	scheme *scheme
	plan   plan
	given  []string // the options that differ from their defaults, as name=value
	source string   // what stands for the secret in String

	// Printers that follow pointers and unexported fields stop at functions.
	secret func() string
	key    func() []byte
}

// plan is how a secret becomes headers, without the secret. The exported script
// reads it too.
type plan struct {
	// Header carries the token or the signature, behind Prefix.
	Header string `json:"header"`
	Prefix string `json:"prefix"`
	// Sign is nil if the secret itself is sent.
	Sign *signPlan `json:"sign,omitempty"`
}

// Headers returns what authenticates r, in the order id, timestamp, token or
// signature; nil if a is nil.
func (a *Auth) Headers(r Request) []Header {
	switch {
	case a == nil || a.secret == nil:
		return nil
	case a.plan.Sign == nil:
		return []Header{{a.plan.Header, a.plan.Prefix + a.secret()}}
	}
	return a.plan.sign(a.key(), r)
}

// Secret returns the secret as it was given, for callers that keep it out of their
// own output. It is empty if a is nil.
func (a *Auth) Secret() string {
	if a == nil || a.secret == nil {
		return ""
	}
	return a.secret()
}

// String is the value of --auth that repeats a run: options as given, defaults left
// out, and for the secret $RINGPROOF_SECRET, or env:NAME if it came from there.
func (a *Auth) String() string {
	if a == nil || a.scheme == nil {
		return schemeNone
	}
	return strings.Join(append([]string{a.scheme.name + ":" + a.source}, a.given...), ",")
}

// GoString is String, quoted.
func (a *Auth) GoString() string { return fmt.Sprintf("delivery.Auth(%q)", a.String()) }

// Format writes String, or GoString, for every verb.
func (a *Auth) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'q':
		_, _ = fmt.Fprintf(f, "%q", a.String())
	case verb == 'v' && f.Flag('#'):
		_, _ = io.WriteString(f, a.GoString())
	default:
		_, _ = io.WriteString(f, a.String())
	}
}

// MarshalText returns String. It never fails.
func (a *Auth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalJSON returns String as a JSON string. It never fails.
func (a *Auth) MarshalJSON() ([]byte, error) { return encodeJSON(a.String()) }

// AuthError says why the value of --auth cannot be used. Nothing that stands behind
// the scheme's colon is in it, save the names of options and of environment
// variables: a secret with a comma would end up there.
type AuthError struct {
	Scheme  string // empty if there is no known one
	Option  string // a known option's name, or empty
	Problem string
	Hint    string // what to do
}

// Error is what went wrong, without the hint.
func (e *AuthError) Error() string {
	place := "auth"
	for _, p := range []string{e.Scheme, e.Option} {
		if p != "" {
			place += " " + p
		}
	}
	return place + ": " + e.Problem
}

const (
	schemeNone = "none"
	envPrefix  = "env:"
	// SecretVariable is the environment variable that exports and repeated commands
	// take the secret from.
	SecretVariable = "RINGPROOF_SECRET"
)

// scheme is one row of what may stand before the colon.
type scheme struct {
	name    string
	start   plan // the defaults
	options []option
	// finish checks and completes the plan once all options are read.
	finish func(p *plan, given map[string]bool) *AuthError
	// key makes the key of the secret; nil means that the secret is sent as it is.
	key func(p plan, secret string) ([]byte, *AuthError)
}

// option is one row of what may stand behind a secret. set gets the decoded value.
type option struct {
	name string
	set  func(p *plan, value string) *AuthError
}

var (
	headerOption = option{"header", func(p *plan, v string) *AuthError { return setHeaderName(&p.Header, v) }}
	prefixOption = option{"prefix", func(p *plan, v string) *AuthError { return setHeaderText(&p.Prefix, v) }}
)

// schemes are all but none.
var schemes = []scheme{
	{
		name:    "bearer",
		start:   plan{Header: "Authorization", Prefix: "Bearer "},
		options: []option{headerOption, prefixOption},
	},
	{
		name:    "secret",
		start:   plan{Header: "X-Vapi-Secret"},
		options: []option{headerOption},
	},
	hmacScheme,
	standardScheme,
}

// ParseAuth reads the value of --auth, whose grammar is in the package's
// documentation; none is a nil Auth. getenv looks up the secret of env:NAME. The
// error is an [*AuthError].
func ParseAuth(spec string, getenv func(string) string) (*Auth, error) {
	if spec == schemeNone {
		return nil, nil
	}
	a, err := parseAuth(spec, getenv)
	if err != nil {
		return nil, err
	}
	return a, nil
}

func parseAuth(spec string, getenv func(string) string) (*Auth, *AuthError) {
	name, rest, found := strings.Cut(spec, ":")
	i := slices.IndexFunc(schemes, func(s scheme) bool { return s.name == name })
	if i < 0 || !found {
		return nil, unknownScheme(name, i >= 0)
	}
	s := &schemes[i]
	words := strings.Split(rest, ",")
	secret, source, err := findSecret(words[0], getenv)
	if err != nil {
		return nil, err.in(s.name, "")
	}
	a := &Auth{scheme: s, plan: s.start, source: source}
	if s.start.Sign != nil {
		sign := *s.start.Sign
		a.plan.Sign = &sign
	}
	if err := a.readOptions(words[1:]); err != nil {
		return nil, err.in(s.name, err.Option)
	}
	if err := a.setSecret(secret); err != nil {
		return nil, err.in(s.name, err.Option)
	}
	return a, nil
}

func unknownScheme(name string, known bool) *AuthError {
	if known {
		return &AuthError{Scheme: name, Problem: "no secret", Hint: "write " + name + ":SECRET or " + name + ":env:NAME"}
	}
	names := []string{schemeNone}
	for _, s := range schemes {
		names = append(names, s.name+":SECRET")
	}
	return &AuthError{Problem: "unknown scheme", Hint: "use one of " + strings.Join(names, ", ")}
}

// findSecret returns the secret, and what stands for it in String.
func findSecret(word string, getenv func(string) string) (secret, source string, _ *AuthError) {
	if word == "$"+SecretVariable {
		word = envPrefix + SecretVariable
	}
	name, fromEnv := strings.CutPrefix(word, envPrefix)
	switch {
	case !fromEnv && word == "":
		return "", "", &AuthError{Problem: "no secret", Hint: "write it behind the colon, or env:NAME to take it from the environment; an unset shell variable leaves it empty"}
	case !fromEnv:
		return word, "$" + SecretVariable, nil
	case !isVariable(name):
		return "", "", &AuthError{Problem: "what follows env: is not the name of an environment variable", Hint: "write env:NAME, without a dollar sign"}
	}
	if getenv != nil {
		secret = getenv(name)
	}
	if secret == "" {
		return "", "", &AuthError{Problem: "the environment variable " + shownVariable(name) + " is not set or empty", Hint: "set it, and export it to this process"}
	}
	return secret, word, nil
}

func isVariable(name string) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || '9' < c) {
			return false
		}
	}
	return name != ""
}

// shownVariable leaves out what may be a secret that the shell put there: env:$KEY.
func shownVariable(name string) string {
	if name != strings.ToUpper(name) || len(name) > 64 {
		return "that env: names"
	}
	return name
}

func (a *Auth) readOptions(words []string) *AuthError {
	given := map[string]bool{}
	values := map[string]string{}
	for _, word := range words {
		name, raw, found := strings.Cut(strings.TrimLeft(word, " "), "=")
		i := slices.IndexFunc(a.scheme.options, func(o option) bool { return o.name == name })
		if i < 0 || !found {
			return a.unknownOption(name, i >= 0)
		}
		if given[name] {
			return &AuthError{Option: name, Problem: "given twice", Hint: "give each option once"}
		}
		given[name] = true
		value, err := url.PathUnescape(raw)
		if err != nil {
			return &AuthError{Option: name, Problem: "a percent sign without two hexadecimal digits", Hint: "write %25 for a percent sign, %2C for a comma"}
		}
		if err := a.scheme.options[i].set(&a.plan, value); err != nil {
			return err.in("", name)
		}
		values[name] = escapeValue(value)
	}
	if a.scheme.finish != nil {
		if err := a.scheme.finish(&a.plan, given); err != nil {
			return err
		}
	}
	for _, o := range a.scheme.options { // in the order of the table, so that String is canonical
		if given[o.name] {
			a.given = append(a.given, o.name+"="+values[o.name])
		}
	}
	return nil
}

func (a *Auth) unknownOption(name string, known bool) *AuthError {
	if known {
		return &AuthError{Option: name, Problem: "no value", Hint: "write " + name + "=VALUE"}
	}
	names := make([]string, len(a.scheme.options))
	for i, o := range a.scheme.options {
		names[i] = o.name + "="
	}
	return &AuthError{Problem: "unknown option", Hint: "use " + strings.Join(names, ", ") + "; a secret with a comma must be given as env:NAME"}
}

// escapeValue undoes the decoding of an option's value, as far as reading it again
// needs it.
func escapeValue(v string) string {
	return strings.NewReplacer("%", "%25", ",", "%2C", " ", "%20").Replace(v)
}

func (a *Auth) setSecret(secret string) *AuthError {
	if strings.ContainsAny(secret, "\r\n\x00") {
		return &AuthError{Problem: "the secret holds a line break or a zero byte", Hint: "strip it: a file's last line break often comes along"}
	}
	a.secret = func() string { return secret }
	if a.scheme.key == nil {
		var ignored string
		if strings.TrimSpace(secret) != secret {
			return &AuthError{Problem: "the secret begins or ends with a space, which HTTP drops from a header", Hint: "strip it"}
		}
		return setHeaderText(&ignored, secret)
	}
	key, err := a.scheme.key(a.plan, secret)
	if err != nil {
		return err
	}
	a.key = func() []byte { return key }
	return nil
}

// in returns e with its place.
func (e *AuthError) in(scheme, option string) *AuthError {
	placed := *e
	placed.Scheme, placed.Option = scheme, option
	return &placed
}

// reservedHeaders are set by HTTP itself, or would break the request.
var reservedHeaders = []string{"host", "content-length", "content-type", "transfer-encoding", "connection", "te", "trailer", "upgrade"}

// setHeaderName accepts a token of RFC 9110, section 5.6.2.
func setHeaderName(to *string, name string) *AuthError {
	const marks = "!#$%&'*+-.^_`|~"
	valid := name != ""
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		valid = valid && (letter || '0' <= c && c <= '9' || strings.IndexByte(marks, c) >= 0)
	}
	switch {
	case !valid:
		return &AuthError{Problem: "not the name of a header", Hint: "use letters, digits and dashes"}
	case slices.Contains(reservedHeaders, strings.ToLower(name)):
		return &AuthError{Problem: "this header belongs to HTTP itself", Hint: "use a name of your own, such as x-signature"}
	}
	*to = name
	return nil
}

// setHeaderText accepts what may be part of a header's value: visible ASCII, spaces
// and tabs. RFC 9110 deprecates the rest.
func setHeaderText(to *string, text string) *AuthError {
	for i := range len(text) {
		if c := text[i]; c != '\t' && (c < ' ' || c > '~') {
			return &AuthError{Problem: "a header's value may not hold a line break, a control character or a character beyond ASCII", Hint: "use printable ASCII"}
		}
	}
	*to = text
	return nil
}

package delivery

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signPlan is the part of a plan that signs. Its options and defaults are those of
// HMACAuthenticationPlan in the provider's file; the provider documents neither the
// unit of the timestamp nor what the URL is.
type signPlan struct {
	Alg             string `json:"alg"`
	Format          string `json:"format"`
	Encoding        string `json:"encoding"`
	Unit            string `json:"unit"`
	TimestampHeader string `json:"timestamp_header"` // empty: the timestamp is not sent
	IDHeader        string `json:"id_header"`        // empty: the id is not sent
	SecretBase64    bool   `json:"secret_base64"`
	SecretPrefix    string `json:"secret_prefix"` // cut off before decoding, if it is there

	untimed bool     // timestamp=false
	parts   []string // of Format
}

const (
	formatStamped = "{timestamp}.{body}"
	formatBody    = "{body}"
)

var (
	algorithms   = map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New}
	placeholders = []string{"{body}", "{timestamp}", "{method}", "{url}", "{svix-id}"}
	placeholder  = regexp.MustCompile(`\{[A-Za-z_-]+\}`)
)

var hmacScheme = scheme{
	name: "hmac",
	start: plan{Header: "x-signature", Sign: &signPlan{
		Alg: "sha256", Encoding: "hex", Unit: "s", TimestampHeader: "x-timestamp",
	}},
	options: []option{
		{"alg", choose(func(p *plan) *string { return &p.Sign.Alg }, "sha256", "sha512", "sha1")},
		headerOption,
		{"timestamp", func(p *plan, v string) *AuthError {
			var with bool
			err := setBool(&with, v)
			p.Sign.untimed = !with
			return err
		}},
		{"timestamp-header", func(p *plan, v string) *AuthError { return setHeaderName(&p.Sign.TimestampHeader, v) }},
		{"unit", choose(func(p *plan) *string { return &p.Sign.Unit }, "s", "ms")},
		{"format", setFormat},
		prefixOption,
		{"encoding", choose(func(p *plan) *string { return &p.Sign.Encoding }, "hex", "base64")},
		{"secret-base64", func(p *plan, v string) *AuthError { return setBool(&p.Sign.SecretBase64, v) }},
		{"id-header", func(p *plan, v string) *AuthError { return setHeaderName(&p.Sign.IDHeader, v) }},
	},
	finish: finishSigning,
	key:    signingKey,
}

func choose(field func(*plan) *string, values ...string) func(*plan, string) *AuthError {
	return func(p *plan, v string) *AuthError {
		if !slices.Contains(values, v) {
			return &AuthError{Problem: "unknown value", Hint: "use one of " + strings.Join(values, ", ")}
		}
		*field(p) = v
		return nil
	}
}

func setBool(to *bool, v string) *AuthError {
	if v != "true" && v != "false" {
		return &AuthError{Problem: "unknown value", Hint: "use true or false"}
	}
	*to = v == "true"
	return nil
}

func setFormat(p *plan, v string) *AuthError {
	for _, found := range placeholder.FindAllString(v, -1) {
		if !slices.Contains(placeholders, found) {
			return &AuthError{Problem: "unknown placeholder", Hint: "use " + strings.Join(placeholders, " ")}
		}
	}
	if v == "" {
		return &AuthError{Problem: "nothing to sign", Hint: "use " + formatBody + " for the raw body"}
	}
	p.Sign.Format = v
	return nil
}

// finishSigning completes the plan, and refuses signatures that no consumer could
// verify because what was signed is not sent.
func finishSigning(p *plan, given map[string]bool) *AuthError {
	s := p.Sign
	if s.untimed {
		if given["timestamp-header"] {
			return &AuthError{Option: "timestamp", Problem: "the timestamp has a header, and is not to be sent", Hint: "leave timestamp=false or timestamp-header= out"}
		}
		s.TimestampHeader = ""
	}
	switch {
	case s.Format != "":
	case s.untimed:
		s.Format = formatBody
	default:
		s.Format = formatStamped
	}
	switch {
	case s.untimed && strings.Contains(s.Format, "{timestamp}"):
		return &AuthError{Option: "format", Problem: "it signs a timestamp that is not sent", Hint: "leave {timestamp} or timestamp=false out"}
	case s.IDHeader == "" && strings.Contains(s.Format, "{svix-id}"):
		return &AuthError{Option: "format", Problem: "it signs an id that is not sent", Hint: "add id-header=, such as id-header=svix-id"}
	}
	s.parts = splitFormat(s.Format)
	return distinctHeaders(p.Header, s.TimestampHeader, s.IDHeader)
}

// splitFormat cuts a format into placeholders and what stands between them.
func splitFormat(format string) []string {
	var parts []string
	end := 0
	for _, at := range placeholder.FindAllStringIndex(format, -1) {
		parts = append(parts, format[end:at[0]], format[at[0]:at[1]])
		end = at[1]
	}
	return append(parts, format[end:])
}

func distinctHeaders(names ...string) *AuthError {
	seen := map[string]bool{}
	for _, n := range names {
		n = strings.ToLower(n)
		if n != "" && seen[n] {
			return &AuthError{Option: "header", Problem: "two things in one header", Hint: "give signature, timestamp and id a header each"}
		}
		seen[n] = true
	}
	return nil
}

func signingKey(p plan, secret string) ([]byte, *AuthError) {
	text := strings.TrimPrefix(secret, p.Sign.SecretPrefix)
	if !p.Sign.SecretBase64 {
		return []byte(text), nil
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		key, err = base64.RawStdEncoding.DecodeString(text)
	}
	switch {
	case err != nil: // its text would tell of the secret
		return nil, &AuthError{Problem: "the secret is not base64", Hint: "use the standard alphabet (+ and /), and copy the secret whole"}
	case len(key) == 0:
		return nil, &AuthError{Problem: "the secret is empty once decoded", Hint: "copy the secret whole"}
	}
	return key, nil
}

func (p plan) sign(key []byte, r Request) []Header {
	s := p.Sign
	stamp := timestamp(r.At, s.Unit)
	mac := hmac.New(algorithms[s.Alg], key)
	s.write(mac, r, stamp)
	headers := make([]Header, 0, 3)
	if s.IDHeader != "" {
		headers = append(headers, Header{s.IDHeader, r.ID})
	}
	if s.TimestampHeader != "" {
		headers = append(headers, Header{s.TimestampHeader, stamp})
	}
	return append(headers, Header{p.Header, p.Prefix + encodeSum(mac.Sum(nil), s.Encoding)})
}

// write puts together what is signed. The body is read in place, and a placeholder
// inside a value stays as it is.
func (s *signPlan) write(w io.Writer, r Request, stamp string) {
	for _, part := range s.parts {
		switch part {
		case "{body}":
			_, _ = w.Write(r.Body) // a hash does not fail
		case "{timestamp}":
			_, _ = io.WriteString(w, stamp)
		case "{method}":
			_, _ = io.WriteString(w, r.Method)
		case "{url}":
			_, _ = io.WriteString(w, r.URL)
		case "{svix-id}":
			_, _ = io.WriteString(w, r.ID)
		default:
			_, _ = io.WriteString(w, part)
		}
	}
}

func timestamp(at time.Time, unit string) string {
	if unit == "ms" {
		return strconv.FormatInt(at.UnixMilli(), 10)
	}
	return strconv.FormatInt(at.Unix(), 10)
}

func encodeSum(sum []byte, encoding string) string {
	if encoding == "base64" {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

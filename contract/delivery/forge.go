package delivery

import (
	"encoding/base64"
	"slices"
	"strings"
)

// What a check of a consumer needs to know of a scheme, and to make credentials that
// must be refused.

// Proof is the name of the header that carries the token or the signature; empty if
// a is nil.
func (a *Auth) Proof() string {
	if a == nil || a.scheme == nil {
		return ""
	}
	return a.plan.Header
}

// ProofPrefix is what stands before the token or the signature in its header.
func (a *Auth) ProofPrefix() string {
	if a == nil || a.scheme == nil {
		return ""
	}
	return a.plan.Prefix
}

// TimestampHeader is the name of the header with the time of the delivery; empty if
// there is none.
func (a *Auth) TimestampHeader() string {
	if a == nil || a.plan.Sign == nil {
		return ""
	}
	return a.plan.Sign.TimestampHeader
}

// SignsBody reports whether the credentials cover the body.
func (a *Auth) SignsBody() bool { return a.signs("{body}") }

// SignsTimestamp reports whether the credentials cover the time of the delivery, so
// that a consumer can tell an old delivery that is sent again.
func (a *Auth) SignsTimestamp() bool { return a.signs("{timestamp}") }

func (a *Auth) signs(placeholder string) bool {
	return a != nil && a.plan.Sign != nil && slices.Contains(a.plan.Sign.parts, placeholder)
}

// Stranger returns the same way to authenticate with another secret of the same
// length: what it makes looks right and is not. It is nil if a is nil.
func (a *Auth) Stranger() *Auth {
	if a == nil || a.scheme == nil {
		return nil
	}
	other := *a
	secret := another(a.Secret())
	if a.plan.Sign != nil {
		key := []byte(another(string(a.key())))
		if a.plan.Sign.SecretBase64 {
			secret = base64.StdEncoding.EncodeToString(key)
		}
		other.key = func() []byte { return key }
	}
	other.secret = func() string { return secret }
	return &other
}

// another is a text of the same length of which no byte is the same.
func another(text string) string {
	other := []byte(text)
	for i, c := range other {
		other[i] = 'x'
		if c == 'x' {
			other[i] = 'y'
		}
	}
	return string(other)
}

// ShellCommand is a command for a POSIX shell with curl (and, where the body is
// signed, openssl) that sends a file to the target with the credentials of a, signed
// anew each time it runs. The secret is not in it: the shell takes it from the
// environment variable that String names. A nil Auth sends none.
func (a *Auth) ShellCommand(target, file, id string) string {
	var before string
	headers := []string{"'Content-Type: application/json'"}
	switch {
	case a == nil || a.scheme == nil:
	case a.plan.Sign == nil:
		headers = append(headers, inQuotes(a.plan.Header+": "+a.plan.Prefix, "${"+a.variable()+"}"))
	default:
		s := a.plan.Sign
		before = "t=$(date +%s)"
		if s.Unit == "ms" {
			before += "000"
		}
		before += "; "
		if s.IDHeader != "" {
			headers = append(headers, inQuotes(s.IDHeader+": "+id, ""))
		}
		if s.TimestampHeader != "" {
			headers = append(headers, inQuotes(s.TimestampHeader+": ", "$t"))
		}
		headers = append(headers, inQuotes(a.plan.Header+": "+a.plan.Prefix, "$("+a.shellSignature(target, file, id)+")"))
	}
	var b strings.Builder
	b.WriteString(before + "curl -sS -i")
	for _, h := range headers {
		b.WriteString(" -H " + h)
	}
	b.WriteString(" --data-binary " + ShellQuote("@"+file) + " " + ShellQuote(target))
	return b.String()
}

// shellSignature writes the signature of a file to standard output.
func (a *Auth) shellSignature(target, file, id string) string {
	s := a.plan.Sign
	values := map[string]string{"{timestamp}": `"$t"`, "{method}": "POST", "{url}": ShellQuote(target), "{svix-id}": ShellQuote(id)}
	var pieces []string
	for _, part := range s.parts {
		switch value := values[part]; {
		case part == "":
		case part == "{body}":
			pieces = append(pieces, "cat "+ShellQuote(file))
		case value != "":
			pieces = append(pieces, "printf %s "+value)
		default:
			pieces = append(pieces, "printf %s "+ShellQuote(part))
		}
	}
	key := `-hmac "${` + a.variable() + `}"`
	if s.SecretBase64 {
		key = `-mac HMAC -macopt "hexkey:$(printf %s "${` + a.variable() + "#" + s.SecretPrefix + `}" | openssl base64 -d -A | od -An -tx1 | tr -d ' \n')"`
	}
	encode := "-r | cut -d ' ' -f 1"
	if s.Encoding == "base64" {
		encode = "-binary | openssl base64 -A"
	}
	return "{ " + strings.Join(pieces, "; ") + "; } | openssl dgst -" + s.Alg + " " + key + " " + encode
}

// inQuotes is a text and what the shell is to replace behind it, as one word.
func inQuotes(text, replaced string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(text) + replaced + `"`
}

// variable is the environment variable that holds the secret, for who repeats a run.
func (a *Auth) variable() string {
	if name, found := strings.CutPrefix(a.source, envPrefix); found {
		return name
	}
	return SecretVariable
}

// ShellQuote is a word as a POSIX shell reads it.
func ShellQuote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

package delivery

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// Hide returns text with $RINGPROOF_SECRET in the place of the secret: as it is,
// without its whsec_, decoded, and each of these escaped for a URL, in hexadecimal, or
// in base64 with whatever stands beside it. It is for what others wrote, as a target
// may give back what it was sent. It is text itself if a is nil.
func (a *Auth) Hide(text string) string {
	secret := a.Secret()
	if secret == "" {
		return text
	}
	originals := []string{secret}
	if sign := a.plan.Sign; sign != nil {
		originals = append(originals, strings.TrimPrefix(secret, sign.SecretPrefix), string(a.key()))
	}
	for _, s := range originals {
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s)} {
			text = hide(text, form, false)
		}
		text = hide(text, hex.EncodeToString([]byte(s)), true)
		for _, form := range inBase64(s) {
			text = hide(text, form, true)
		}
	}
	return text
}

// inBase64 are the parts of a base64 text that do not depend on what stands beside s,
// for each of the three places at which s may begin, in both alphabets.
func inBase64(s string) []string {
	var forms []string
	for before := range 3 {
		coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("-", before) + s))
		const least = 6 // fewer characters are in many a text
		if from := (before*4 + 2) / 3; len(coded)-1 >= from+least {
			coded = coded[from : len(coded)-1]
			forms = append(forms, coded, strings.NewReplacer("+", "-", "/", "_").Replace(coded))
		}
	}
	return forms
}

// hide replaces form in text, in lower case or in upper. What is coded is replaced
// as a whole word: its ends tell of the secret too.
func hide(text, form string, coded bool) string {
	form = lower(form)
	var done strings.Builder
	for form != "" {
		start := strings.Index(lower(text), form)
		if start < 0 {
			break
		}
		end := start + len(form)
		if coded {
			start -= len(text[:start]) - len(strings.TrimRightFunc(text[:start], isCoded))
			end += len(text[end:]) - len(strings.TrimLeftFunc(text[end:], isCoded))
		}
		done.WriteString(text[:start] + "$" + SecretVariable)
		text = text[end:]
	}
	return done.String() + text
}

func isCoded(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '-' || c == '_' || c == '='
}

// lower has the letters of ASCII in lower case; all else stays where it is.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

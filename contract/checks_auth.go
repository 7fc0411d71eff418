package contract

import (
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fixtures"
)

// authChecks are about who is believed. They take the scheme that is given, and need
// nothing else of the consumer.
var authChecks = []Check{
	{
		ID: "auth/header-case", Title: "reads the names of headers in any case",
		Explanation: "The names of HTTP headers know no case, and proxies rewrite them.",
		Source:      "RFC 9110 section 5.1",
		Sends:       "genuine messages with header names in capitals and in small letters", Wants: wantOK,
		Signed: true, run: checkHeaderCase,
	},
	{
		ID: "auth/raw-bytes", Title: "verifies the bytes that arrived",
		Explanation: "A signature covers bytes. Who parses the body, writes it anew and verifies that refuses genuine messages as soon as a space or an escape differs.",
		Source:      "a defect of real consumers: HMAC over re-serialised JSON",
		Sends:       "genuine messages in unusual spellings, signed as they are", Wants: wantOK,
		Signed: true, run: checkRawBytes,
	},
	{
		ID: "auth/missing", Title: "refuses a delivery without credentials",
		Explanation: "A check that is made only if the header is there lets everybody in who leaves it out.",
		Source:      "a defect of real consumers: missing secret accepted while a wrong one is refused",
		Sends:       "messages without credentials, and with empty ones", Wants: wantRefused,
		Signed: true, run: checkMissing,
	},
	{
		ID: "auth/wrong", Title: "refuses wrong credentials",
		Explanation: "Anybody can send a request to a public URL; the credentials are all that tells the provider from others.",
		Source:      "spec: authentication of Server",
		Sends:       "messages with another secret, and with credentials that are none", Wants: wantRefused,
		Signed: true, run: checkWrong,
	},
	{
		ID: "auth/truncated", Title: "refuses a part of the right credentials",
		Explanation: "Who compares only as much as was sent accepts one character, which is soon guessed.",
		Source:      "a defect of real consumers",
		Sends:       "messages whose token or signature is cut off", Wants: wantRefused,
		Signed: true, run: checkTruncated,
	},
	{
		ID: "auth/tampered", Title: "refuses a body that was changed on the way",
		Explanation: "A signature covers the bytes of the body. If another body passes with it, the signature is not checked.",
		Source:      "docs: HMAC over the body",
		Sends:       "messages with the genuine signature of another one, or of another time", Wants: wantRefused,
		Signed: true, run: checkTampered,
	},
	{
		ID: "auth/replayed", Title: "refuses a delivery that was signed a day ago",
		Explanation: "What was recorded once can be sent again for ever, if the signed time is not looked at. The provider does not ask for it, hence a warning.",
		Source:      "Standard Webhooks: verifying the timestamp",
		Sends:       "messages that were signed 24 hours ago", Wants: wantRefused + "; for 2xx a warning",
		Signed: true, run: checkReplayed,
	},
	{
		ID: "auth/before-parsing", Title: "authenticates before it parses",
		Explanation: "Who parses first lets strangers at the parser, and tells them what it thinks of their input.",
		Source:      "a defect of real consumers: parse before authenticate",
		Sends:       "malformed JSON with wrong credentials", Wants: "the same answer as for sound JSON with wrong credentials",
		Signed: true, run: checkBeforeParsing,
	},
	{
		ID: "auth/before-effect", Title: "lets nothing take effect that it refuses",
		Explanation: "An answer of 401 is worth nothing if the message was taken in before.",
		Source:      "a defect of real consumers",
		Sends:       "messages with wrong credentials, or none", Wants: "the calls are not known",
		Signed: true, Observes: true, run: checkBeforeEffect,
	},
}

const wantRefused = "401 or 403 (another 4xx is a warning)"

// forged is a typical message with other credentials than the session's. how says what
// is done to those that are genuine.
func (p *probe) forged(what string, how func(x *exchange, genuine []delivery.Header) []delivery.Header) *exchange {
	x := p.plain(turns(p.calls))
	x.What, x.Forged = "a message with "+what, what
	x.head = how(x, p.auth.Headers(p.request(x, time.Now())))
	if x.head == nil {
		x.head = []delivery.Header{}
	}
	return x
}

func (p *probe) request(x *exchange, at time.Time) delivery.Request {
	return delivery.Request{Method: "POST", URL: p.target, Body: x.Body, At: at, ID: x.MessageID()}
}

// proof returns the headers with another value of the token or signature; without it
// if that is nil.
func (p *probe) proof(headers []delivery.Header, change func(value string) *string) []delivery.Header {
	var out []delivery.Header
	for _, h := range headers {
		if h.Name == p.auth.Proof() {
			value := change(strings.TrimPrefix(h.Value, p.auth.ProofPrefix()))
			if value == nil {
				continue
			}
			h.Value = *value
		}
		out = append(out, h)
	}
	return out
}

func (p *probe) forgedProof(what string, change func(value string) string) *exchange {
	return p.forged(what, func(_ *exchange, genuine []delivery.Header) []delivery.Header {
		return p.proof(genuine, func(value string) *string {
			value = change(value)
			return &value
		})
	})
}

// refused sends the deliveries and wants each to be refused as credentials are.
func (p *probe) refused(list ...*exchange) {
	p.sendAll(list)
	for _, x := range list {
		p.wantRefused(Fail, x)
	}
}

// refuses reports whether the answer says that the credentials are not believed, or
// that too many were not: 429 is what a protection against guessing says.
func refuses(x *exchange) bool {
	return x.attempt.Err == nil && slices.Contains([]int{401, 403, 429}, x.attempt.Status)
}

// wantRefused notes a fault unless the answer is 401 or 403. Another 4xx refuses too,
// but does not say why.
func (p *probe) wantRefused(v Verdict, x *exchange) {
	switch {
	case x.unsent || refuses(x):
	case x.class() == 4:
		p.fault(Warn, wantRefused, x)
	case x.class() == 2:
		p.fault(v, wantRefused, x)
	default:
		p.fault(Fail, wantRefused, x)
	}
}

func (p *probe) withoutProof() *exchange {
	return p.forged(NoCredentials, func(_ *exchange, _ []delivery.Header) []delivery.Header { return nil })
}

func checkMissing(p *probe) {
	list := []*exchange{
		p.withoutProof(),
		p.forgedProof("empty credentials", func(string) string { return "" }),
	}
	if p.auth.TimestampHeader() != "" {
		list = append(list, p.forged("a timestamp, but no signature", func(_ *exchange, genuine []delivery.Header) []delivery.Header {
			return p.proof(genuine, func(string) *string { return nil })
		}))
	}
	if prefix := p.auth.ProofPrefix(); prefix != "" {
		list = append(list, p.forgedProof("nothing behind the prefix of its credentials", func(string) string { return strings.TrimSpace(prefix) }))
	}
	p.refused(list...)
}

func checkWrong(p *probe) {
	prefix := p.auth.ProofPrefix()
	list := []*exchange{
		p.strangers(),
		p.forgedProof("credentials with one character changed", func(value string) string { return prefix + changedAt(value, len(value)/2) }),
		p.forgedProof("credentials that begin otherwise", func(value string) string { return prefix + changedAt(value, 0) }),
		p.forgedProof("credentials that are none", func(string) string { return prefix + "null" }),
	}
	if !p.auth.SignsBody() && !p.auth.SignsTimestamp() { // of a signature, what stands beside it may mean nothing
		list = append(list,
			p.forgedProof("a token with something behind it", func(value string) string { return prefix + value + "x" }),
			p.forgedProof("a token with something before it", func(value string) string { return prefix + "x" + value }))
		if swapped := swappedCase(p.auth.Secret()); swapped != p.auth.Secret() {
			list = append(list, p.forgedProof("a token in the other case", func(value string) string { return prefix + swappedCase(value) }))
		}
	}
	p.refused(append(list, p.strangersOf(func(x *exchange) {
		*x = *reportAfter(p.plain("ended"))
	}, "an end-of-call report"), p.strangersOf(func(x *exchange) {
		x.Body = edited(x.Body, fixtures.Set("/message/artifact/transcript", strings.Repeat("AI: Of course. ", 15_000)))
	}, "a large message"))...)
}

// strangersOf is strangers with another message.
func (p *probe) strangersOf(change func(*exchange), what string) *exchange {
	x := p.strangers()
	change(x)
	x.What, x.Forged = what+" with credentials of another secret", "credentials of another secret"
	x.head = p.auth.Stranger().Headers(p.request(x, time.Now()))
	return x
}

func swappedCase(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z':
			return c - 'a' + 'A'
		case 'A' <= c && c <= 'Z':
			return c - 'A' + 'a'
		}
		return c
	}, text)
}

// strangers is a message that another one than the provider has signed.
func (p *probe) strangers() *exchange {
	return p.forged("credentials of another secret", func(x *exchange, _ []delivery.Header) []delivery.Header {
		return p.auth.Stranger().Headers(p.request(x, time.Now()))
	})
}

// changedAt is a text with another character at a place.
func changedAt(text string, i int) string {
	if text == "" {
		return "x"
	}
	other := byte('0')
	if text[i] == other {
		other = '1'
	}
	return text[:i] + string(other) + text[i+1:]
}

func checkTruncated(p *probe) {
	prefix := p.auth.ProofPrefix()
	cut := func(what string, keep func(n int) int) *exchange {
		return p.forgedProof(what, func(value string) string { return prefix + value[:keep(len(value))] })
	}
	// Only a few characters less: the very last one of base64 or hex may mean nothing.
	list := []*exchange{
		cut("half of its credentials", func(n int) int { return n / 2 }),
		cut("the end of its credentials missing", func(n int) int { return n - min(4, (n+1)/2) }),
		cut("the first character of its credentials only", func(n int) int { return min(1, n-1) }),
	}
	p.refused(list...)
}

func checkTampered(p *probe) {
	if !p.auth.SignsBody() {
		p.skip("these credentials do not cover the body")
		return
	}
	list := []*exchange{
		p.forged("the signature of another message", func(_ *exchange, _ []delivery.Header) []delivery.Header {
			other := p.plain("ended")
			return p.auth.Headers(p.request(other, time.Now()))
		}),
		p.forged("the signature of a body with one space more", func(x *exchange, _ []delivery.Header) []delivery.Header {
			other := *x
			other.Body = append([]byte(" "), x.Body...)
			return p.auth.Headers(p.request(&other, time.Now()))
		}),
	}
	if p.auth.SignsTimestamp() {
		list = append(list, p.forged("a timestamp that was changed", func(x *exchange, genuine []delivery.Header) []delivery.Header {
			later := p.auth.Headers(p.request(x, time.Now().Add(2*time.Second)))
			for i, h := range genuine {
				if h.Name == p.auth.TimestampHeader() {
					genuine[i] = later[i]
				}
			}
			return genuine
		}))
	}
	p.refused(list...)
}

func checkReplayed(p *probe) {
	if !p.auth.SignsTimestamp() {
		p.skip("these credentials do not cover a time")
		return
	}
	x := p.forged("a signature that is 24 hours old", func(x *exchange, _ []delivery.Header) []delivery.Header {
		return p.auth.Headers(p.request(x, time.Now().Add(-24*time.Hour)))
	})
	p.send(x)
	p.wantRefused(Warn, x)
}

func checkBeforeParsing(p *probe) {
	sound := p.strangers()
	broken := *sound
	broken.Body = broken.Body[:len(broken.Body)/2]
	broken.What = "malformed JSON with credentials of another secret"
	broken.head = p.auth.Stranger().Headers(p.request(&broken, time.Now()))
	p.send(sound, &broken)
	switch want := sound.got() + ", as for sound JSON"; {
	case sound.unsent || broken.unsent:
	case sound.class() == 2:
		p.skip("wrong credentials are accepted, so the order does not show; see auth/wrong")
	case broken.got() != sound.got() && !(refuses(sound) && refuses(&broken)):
		p.note(Failure{Verdict: Fail, What: broken.What, Want: want, Got: broken.got(), Answer: p.answer(&broken), Sent: []Sent{broken.Sent}})
	case !refuses(sound):
		p.skip("both are answered with " + sound.got() + ", which does not tell what came first")
	}
}

func checkBeforeEffect(p *probe) {
	list := []*exchange{p.strangers(), p.withoutProof(), p.strangers()}
	p.send(list...)
	p.unknown()
	known := p.plain("in-progress") // shows how long an effect takes
	p.send(known)
	if known.ok() {
		p.await(p.ctx, known.Call, State.Known)
	}
	p.settleDown(p.ctx)
	judged := 0
	for _, x := range list {
		if x.unsent || x.class() == 2 {
			continue
		}
		judged++
		if o := p.look(p.ctx, x.Call); o.err != nil || p.hasState(o) {
			p.wrongState(Fail, "the call of "+x.What+", which was answered with "+x.got(), "the call is not known", o, x)
		}
	}
	if judged == 0 {
		p.skip("bad credentials are not refused; see auth/missing and auth/wrong")
	}
}

func checkHeaderCase(p *probe) {
	var list []*exchange
	for i, change := range []func(string) string{strings.ToUpper, strings.ToLower} {
		what := []string{"capitals", "small letters"}[i]
		x := p.forged("genuine credentials", func(_ *exchange, genuine []delivery.Header) []delivery.Header {
			for i := range genuine {
				genuine[i].Name = change(genuine[i].Name)
			}
			return genuine
		})
		x.What, x.Forged = "a genuine message with header names in "+what, "header names in "+what
		list = append(list, x)
	}
	p.acknowledged(list...)
}

func checkRawBytes(p *probe) {
	var list []*exchange
	for i, s := range spellings {
		x := p.plain(turns(i))
		x.Base, x.What = x.Body, "a genuine message in JSON with "+s.what
		x.Body = s.write(x.Body)
		list = append(list, x)
	}
	p.acknowledged(list...)
}

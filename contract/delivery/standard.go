package delivery

// standardScheme is the symmetric scheme v1 of Standard Webhooks, section "Signature
// scheme" of its specification: base64 of HMAC-SHA256 over id.timestamp.body, the
// timestamp in seconds, the key base64 behind whsec_. As in its reference libraries,
// that prefix may be missing, and the key's length is not checked.
//
// It is what the provider's HMAC options lead to when they are set up for Svix, hence
// a preset of them.
var standardScheme = scheme{
	name: "standard",
	start: plan{Header: "webhook-signature", Prefix: "v1,", Sign: &signPlan{
		Alg: "sha256", Format: "{svix-id}.{timestamp}.{body}", Encoding: "base64", Unit: "s",
		TimestampHeader: "webhook-timestamp", IDHeader: "webhook-id",
		SecretBase64: true, SecretPrefix: "whsec_",
	}},
	options: []option{
		headerOption,
		{"timestamp-header", func(p *plan, v string) *AuthError { return setHeaderName(&p.Sign.TimestampHeader, v) }},
		{"id-header", func(p *plan, v string) *AuthError { return setHeaderName(&p.Sign.IDHeader, v) }},
	},
	finish: finishSigning,
	key:    signingKey,
}

// Package delivery sends webhook requests as the provider does: authenticated,
// paced, retried, and made to go wrong on purpose. What is in the bodies is not its
// business; it imports no other package of this module.
//
// # Authentication
//
// [ParseAuth] reads how a delivery proves who sent it:
//
//	none
//	bearer:TOKEN      Authorization: Bearer TOKEN
//	secret:TOKEN      X-Vapi-Secret: TOKEN, the legacy form
//	hmac:SECRET       a signature over the bytes that are sent
//	standard:whsec_…  Standard Webhooks
//
// OAuth2 client credentials end in a bearer token: fetch one and give it as
// bearer. Mutual TLS and the clouds' own schemes are not webhook authentication
// here.
//
// Options follow, separated by commas. Each has a default, and may be given once:
//
//	bearer    header=Authorization   the header's name
//	          prefix=Bearer%20       what stands before the token, verbatim; prefix= is none
//	secret    header=X-Vapi-Secret
//	hmac      alg=sha256             sha256, sha512 or sha1
//	          header=x-signature
//	          timestamp=true         false: no timestamp header, and format={body}
//	          timestamp-header=x-timestamp
//	          unit=s                 of the timestamp: s or ms; the provider documents none
//	          format={timestamp}.{body}
//	          prefix=                what stands before the signature, such as sha256=
//	          encoding=hex           hex or base64 (with padding)
//	          secret-base64=false    true: the key is what the secret decodes to
//	          id-header=             sends the id of the message in this header
//	standard  header=webhook-signature, timestamp-header=webhook-timestamp,
//	          id-header=webhook-id; the rest is fixed
//
// A format knows {body}, {timestamp}, {method}, {url} and {svix-id}, the id of the
// message; it needs id-header, or nobody could verify it. The URL is the one that
// was asked for, whole, for no document says otherwise. All else in a format stands
// for itself.
//
// In a value, %2C is a comma, %25 a percent sign and %20 a space. A secret is taken
// as it stands; one with a comma must come from the environment, as env:NAME. The
// literal $RINGPROOF_SECRET means env:RINGPROOF_SECRET: the commands that repeat a
// run show it, and a shell may leave it alone.
//
// Consumers in the wild that hash the raw body and look for X-Vapi-Signature want
//
//	hmac:SECRET,header=x-vapi-signature,format={body},timestamp=false
//
// some of them with prefix=sha256=. Svix is standard with header=svix-signature,
// timestamp-header=svix-timestamp and id-header=svix-id.
//
// A secret is in no error, no String and no export. testdata/signing holds vectors
// for each scheme, made with other code than this.
package delivery

package delivery

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestASecretIsHiddenInWhatOthersWrote(t *testing.T) {
	const secret = "Zx9-Kq2/Vw7+Jt4?&s"
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte(secret))
	for _, c := range []struct{ spec, text, want, why string }{
		{"hmac:" + secret, "/a/" + secret + "/b", "/a/$RINGPROOF_SECRET/b", "as it is"},
		{"hmac:" + secret, secret + secret, "$RINGPROOF_SECRET$RINGPROOF_SECRET", "twice"},
		{"secret:" + secret, "?t=" + url.QueryEscape(secret), "?t=$RINGPROOF_SECRET", "in a query"},
		{"bearer:" + secret, strings.ToLower(url.PathEscape(secret)), "$RINGPROOF_SECRET", "escapes may be in lower case"},
		{"bearer:" + secret, "x." + strings.ToUpper(hex.EncodeToString([]byte(secret))), "x.$RINGPROOF_SECRET", "in hexadecimal"},
		{"bearer:" + secret, "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+secret)), "Basic $RINGPROOF_SECRET", "the whole word: its ends tell, too"},
		{"bearer:" + secret, "/" + base64.RawURLEncoding.EncodeToString([]byte("u"+secret+"x")) + "/", "/$RINGPROOF_SECRET/", "in base64 for URLs"},
		{"standard:" + whsec, whsec[6:] + " " + secret, "$RINGPROOF_SECRET $RINGPROOF_SECRET", "without its prefix, and decoded"},
		{"hmac:" + whsec[6:] + ",secret-base64=true", secret, "$RINGPROOF_SECRET", "decoded"},
		{"secret:ab", "a b ba YWI= Ab İ", "a b ba YWI= $RINGPROOF_SECRET İ", "a short one in base64 is in many a text"},
		{"none", secret, secret, "nothing to hide"},
	} {
		assert.Equal(t, c.want, auth(t, c.spec).Hide(c.text), c.why)
	}
}

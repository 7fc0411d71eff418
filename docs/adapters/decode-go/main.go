// Command decode-go is a decoder for ringproof fuzz --exec: one base64 line in, one
// line out. Put your own decoder in the place of vapi's. In a Go test, fuzz.Run needs
// no command at all.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/ringproof/ringproof/schema/vapi"
)

func decode(body []byte) (any, error) {
	m, err := vapi.Decode(body)
	return m, err
}

func encode(message any) ([]byte, error) { return json.Marshal(message) }

func answer(line string) string {
	body, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return "-" + err.Error()
	}
	message, err := decode(body)
	if err != nil {
		return "-" + strings.Join(strings.Fields(err.Error()), " ")
	}
	encoding, err := encode(message)
	if err != nil {
		panic(err) // a crash is what the fuzzer should see of it
	}
	return "+" + base64.StdEncoding.EncodeToString(encoding)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		fmt.Println(answer(lines.Text()))
	}
}

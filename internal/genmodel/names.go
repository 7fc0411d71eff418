package main

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals, and brand names that have
// a spelling of their own.
var initialisms = func() map[string]string {
	m := map[string]string{"oauth2": "OAuth2", "openai": "OpenAI", "websocket": "WebSocket", "webcall": "WebCall", "deepseek": "DeepSeek", "elevenlabs": "ElevenLabs"}
	for _, w := range strings.Fields("AI API AWS BYO DTMF E164 GCP GHL HIPAA HMAC HTML HTTP IAM ID IP IVR JSON LLM MCP NATO OAuth2 PCI PDF PEM PII RTP SBC SDK SID SIP SMS SSML SSO SPKI SQL STS STT TTL TTS UI URI URL UTC UUID VAD XAI") {
		m[strings.ToLower(w)] = w
	}
	return m
}()

// words splits an identifier or a wire value: at everything that is no letter or
// digit, and before a capital that starts a word.
func words(s string) []string {
	var out []string
	runes := []rune(s)
	start := -1
	flush := func(end int) {
		if start >= 0 && end > start {
			out = append(out, string(runes[start:end]))
		}
		start = -1
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
			continue
		case start < 0:
			start = i
		case unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush(i)
			start = i
		}
	}
	flush(len(runes))
	return out
}

// pascal writes words as one exported Go identifier.
func pascal(list []string) string {
	var b strings.Builder
	for i := 0; i < len(list); i++ {
		w := strings.ToLower(list[i])
		if i+1 < len(list) {
			if two, ok := initialisms[w+strings.ToLower(list[i+1])]; ok {
				b.WriteString(two)
				i++
				continue
			}
		}
		if known, ok := initialisms[w]; ok {
			b.WriteString(known)
			continue
		}
		r := []rune(list[i])
		if strings.ToUpper(list[i]) == list[i] && len(r) > 1 && len(list) > 1 {
			b.WriteString(list[i]) // an acronym that the list above need not know
			continue
		}
		b.WriteString(string(unicode.ToUpper(r[0])) + string(r[1:]))
	}
	return b.String()
}

// typeName drops what says nothing in Go: the DTO suffix, the Create that goes
// with it, ServerMessage, and Vapi, which the package says already.
func typeName(provider string) string {
	n := provider
	if s, ok := strings.CutSuffix(n, "DTO"); ok {
		n = strings.TrimPrefix(s, "Create")
	}
	n = strings.TrimPrefix(n, "ServerMessage")
	for _, prefix := range []string{"Vapi", "FallbackVapi"} {
		if s, ok := strings.CutPrefix(n, prefix); ok {
			n = strings.Replace(prefix, "Vapi", "Native", 1) + s
		}
	}
	return pascal(words(n))
}

// unionNames are the unions whose obvious name the algorithm cannot find, by the
// site of their first use.
var unionNames = map[string]string{
	"Artifact.messages#items":                      "ConversationMessage",
	"Chat.input#1#items":                           "ChatMessage",
	"Chat.input":                                   "ChatInput",
	"Call.destination":                             "Destination",
	"ServerMessageStatusUpdate.phoneNumber":        "PhoneNumber",
	"AssistantOverrides.hooks#items":               "AssistantHook",
	"CreateWorkflowDTO.hooks#items":                "WorkflowHook",
	"CreateByoPhoneNumberDTO.hooks#items":          "PhoneNumberHook",
	"CreateWorkflowDTO.model":                      "WorkflowModel",
	"CustomMessage.contents#items":                 "MessageContent",
	"TransferDestinationAssistant.message":         "SpokenMessage",
	"AssistantOverrides.transcriber":               "Transcriber",
	"AssistantOverrides.model":                     "Model",
	"AnthropicBedrockModel.tools#items":            "Tool",
	"CreateApiRequestToolDTO.messages#items":       "ToolMessageVariant",
	"AnthropicBedrockModel.knowledgeBase":          "KnowledgeBase",
	"CreateHandoffToolDTO.destinations#items":      "HandoffDestination",
	"CreateTransferCallToolDTO.destinations#items": "TransferToolDestination",
}

// reserved are the exported names of package vapi's hand-written half.
var reserved = strings.Fields(`Bool Branch Contract Correction Corrections Decode DecodeError Descriptor Deviation Deviations Enum Envelope
	ExtraMember Float Int Kind Loose Member Members Null Number Object Opt Rule Rules Schema Some Source String StatusUpdateType Type
	Undocumented UndocumentedMembers Union Unknown`)

// name gives every type, member, union and enum its Go name, the same one each time.
func name(m *model) error {
	taken := map[string]string{}
	for _, n := range reserved {
		taken[strings.ToLower(n)] = "package vapi"
	}
	take := func(n, by string) bool {
		if _, ok := taken[strings.ToLower(n)]; ok {
			return false
		}
		taken[strings.ToLower(n)] = by
		return true
	}
	for _, t := range m.types {
		t.goName = typeName(t.name)
		if !take(t.goName, t.name) {
			t.goName = pascal(words(t.name))
			if !take(t.goName, t.name) {
				return fmt.Errorf("%s and %s both want the Go name %s", t.name, taken[strings.ToLower(t.goName)], t.goName)
			}
		}
		if err := nameMembers(t); err != nil {
			return err
		}
	}
	for _, u := range m.unions {
		u.name = pick(u.sites, unionNames[u.sites[0]], "Variant", take)
	}
	for _, e := range m.enums {
		if len(e.values) > 1 && e.kind == kindString {
			e.name = pick(e.sites, "", "Value", take)
		}
	}
	return checkConstants(m, taken)
}

// checkConstants fails where the constant of an enum's value has a name that is
// taken, or two have the same.
func checkConstants(m *model, taken map[string]string) error {
	constants := map[string]string{}
	for _, e := range m.enums {
		if e.name == "" {
			continue
		}
		for _, n := range valueNames(e.values) {
			c := e.name + n
			if by, ok := taken[strings.ToLower(c)]; ok {
				return fmt.Errorf("%s: the constant %s has the name of %s", e.sites[0], c, by)
			}
			if by, ok := constants[c]; ok {
				return fmt.Errorf("%s: the constant %s has the name of one of %s", e.sites[0], c, by)
			}
			constants[c] = e.sites[0]
		}
	}
	return nil
}

// pick takes the first free name: the preferred one, that of the member most often
// used for it, that member's with its owner before it.
func pick(sites []string, preferred, suffix string, take func(n, by string) bool) string {
	var candidates []string
	if preferred != "" {
		candidates = append(candidates, preferred)
	}
	owner, member, _ := strings.Cut(leadSite(sites), ".")
	noun := siteNoun(commonMember(sites))
	first := siteNoun(strings.Split(member, "#")[0])
	own := typeName(owner)
	candidates = append(candidates, noun, joinOverlapping(own, first), own+first, own+first+suffix, own+pascal(words(member)))
	for _, c := range candidates {
		if token.IsIdentifier(c) && len(words(c)) > 0 && !tooPlain[c] && take(c, sites[0]) {
			return c
		}
	}
	for i := 2; ; i++ {
		if c := fmt.Sprintf("%s%s%d", own, first, i); take(c, sites[0]) {
			return c
		}
	}
}

// leadSite is the first site that no fallback plan owns: those repeat the others.
func leadSite(sites []string) string {
	for _, s := range sites {
		if !strings.HasPrefix(s, "Fallback") {
			return s
		}
	}
	return sites[0]
}

// joinOverlapping writes the word that ends a and begins b once.
func joinOverlapping(a, b string) string {
	last := words(a)[len(words(a))-1]
	if words(b)[0] == last {
		return a + strings.TrimPrefix(b, last)
	}
	return a + b
}

// tooPlain are names that would say nothing at the top level of the package.
var tooPlain = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`Algorithm APIURL Body Comparator Condition Container Delimiter Do Emotion Exact Format Kind Language LanguageCode
		Message Method Mode On OneOf Operator Plan Prompt Protocol Provider Region Result Role Rubric Service Speed SpeechModel Status Style SubType Type Value
		Verb Version VoiceID VoiceName`) {
		m[w] = true
	}
	return m
}()

// commonMember is the member name used by most sites; the first of equals.
func commonMember(sites []string) string {
	count := map[string]int{}
	best := ""
	for _, s := range sites {
		_, m, _ := strings.Cut(s, ".")
		m = strings.Split(m, "#")[0]
		count[m]++
		if best == "" || count[m] > count[best] {
			best = m
		}
	}
	return best
}

// siteNoun is the singular of a member's name, in Go's spelling.
func siteNoun(member string) string {
	w := words(member)
	last := w[len(w)-1]
	switch {
	case strings.HasSuffix(last, "ies"):
		last = strings.TrimSuffix(last, "ies") + "y"
	case strings.HasSuffix(last, "ses"), strings.HasSuffix(last, "ss"), strings.HasSuffix(last, "us"), strings.HasSuffix(last, "is"):
	default:
		last = strings.TrimSuffix(last, "s")
	}
	return pascal(append(slices.Clone(w[:len(w)-1]), last))
}

func nameMembers(t *typ) error {
	seen := map[string]string{"Extra": "the unknown members"}
	for _, m := range t.members {
		m.goName = pascal(words(m.name))
		if !token.IsIdentifier(m.goName) {
			return fmt.Errorf("%s.%s: no Go name", t.name, m.name)
		}
		if other, ok := seen[m.goName]; ok {
			return fmt.Errorf("%s: %s and %s both want the Go name %s", t.name, m.name, other, m.goName)
		}
		seen[m.goName] = m.name
	}
	return nil
}

// symbols spell the wire values that have no letters.
var symbols = map[string]string{"": "Empty", "=": "Equal", "!=": "NotEqual", ">": "Greater", "<": "Less", ">=": "GreaterOrEqual", "<=": "LessOrEqual",
	"!": "Exclamation", "?": "Question", ";": "Semicolon", ":": "Colon", ",": "Comma", ".": "Period", ")": "Parenthesis", "|": "Pipe", "||": "DoublePipe",
	"#": "Hash", "*": "Star"}

// valueNames gives each value of an enum its constant's name, without the enum's.
func valueNames(values []string) []string {
	out := make([]string, len(values))
	seen := map[string]bool{}
	for i, v := range values {
		n := pascal(words(v))
		if s, ok := symbols[v]; ok {
			n = s
		}
		if n == "" {
			for _, r := range v {
				n += fmt.Sprintf("U%04X", r)
			}
		}
		if seen[n] {
			n = pascal(words(strings.NewReplacer(".", " Dot ", "-", " Dash ", "_", " Underscore ", "/", " Slash ").Replace(v)))
		}
		for seen[n] {
			n += "Too"
		}
		seen[n] = true
		out[i] = n
	}
	return out
}

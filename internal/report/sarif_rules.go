package report

import (
	"strings"

	"github.com/ringproof/ringproof/schema"
)

type sarifRule struct {
	ID               string              `json:"id"`
	ShortDescription *sarifMessage       `json:"shortDescription,omitempty"`
	FullDescription  *sarifMessage       `json:"fullDescription,omitempty"`
	Help             *sarifMessage       `json:"help,omitempty"`
	Default          *sarifConfiguration `json:"defaultConfiguration,omitempty"`
}

type sarifConfiguration struct {
	Level schema.Severity `json:"level"`
}

// sarifRules are the rules of a log, in its order.
type sarifRules struct {
	topics []schema.Topic
	at     map[string]int
}

func newSARIFRules() *sarifRules {
	r := &sarifRules{at: map[string]int{}}
	for _, t := range schema.Topics() {
		if t.Kind == "rule" || t.Kind == "deviation" {
			r.add(t)
		}
	}
	return r
}

func (r *sarifRules) add(t schema.Topic) int {
	r.at[t.ID] = len(r.topics)
	r.topics = append(r.topics, t)
	return r.at[t.ID]
}

// index is the place of a rule. A rule that is not there yet goes to the end, with
// its id only if no topic tells of it.
func (r *sarifRules) index(id string) int {
	if i, ok := r.at[id]; ok {
		return i
	}
	t, ok := schema.TopicOf(id)
	if !ok {
		t = schema.Topic{ID: id}
	}
	return r.add(t)
}

// of writes the rules with the levels of a profile.
func (r *sarifRules) of(p schema.Profile) []sarifRule {
	rules := make([]sarifRule, len(r.topics))
	for i := range r.topics {
		t := &r.topics[i]
		rules[i].ID = t.ID
		if level := t.Severity[p]; level != "" {
			rules[i].Default = &sarifConfiguration{level}
		}
		if t.Title != "" {
			rules[i].ShortDescription = &sarifMessage{Text: fullStop(t.Title)}
			rules[i].FullDescription = &sarifMessage{Text: fullStop(t.Title + ": " + t.Why)}
			rules[i].Help = &sarifMessage{Text: helpText(t), Markdown: helpMarkdown(t)}
		}
	}
	return rules
}

// helpText and helpMarkdown keep braces single, though those of a result are
// doubled: no arguments can come into them, and an example must be as it is sent.
func helpText(t *schema.Topic) string {
	parts := []string{fullStop(t.Title), "Why: " + fullStop(t.Why), "Source: " + fullStop(t.Source), "Since: " + fullStop(t.Since)}
	if t.Wrong != "" {
		parts = append(parts, "Wrong: "+t.Wrong)
	}
	if t.Right != "" {
		parts = append(parts, "Right: "+t.Right)
	}
	return strings.Join(parts, "\n")
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, "&", `\&`, "|", `\|`)

// MarkdownText is prose in which nothing is Markdown.
func MarkdownText(s string) string { return markdownEscapes.Replace(s) }

func helpMarkdown(t *schema.Topic) string {
	var b strings.Builder
	b.WriteString(MarkdownText(fullStop(t.Title)))
	for _, part := range [][2]string{{"Why", t.Why}, {"Source", t.Source}, {"Since", t.Since}} {
		b.WriteString("\n\n**" + part[0] + ":** " + MarkdownText(fullStop(part[1])))
	}
	for _, example := range [][2]string{{"Wrong", t.Wrong}, {"Right", t.Right}} {
		if example[1] != "" {
			b.WriteString("\n\n" + example[0] + ":\n\n```json\n" + example[1] + "\n```")
		}
	}
	return b.String()
}

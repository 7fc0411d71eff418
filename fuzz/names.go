package fuzz

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// What options name must be something: a misspelt name would check, or waive, nothing.

// checkPointer looks a JSON Pointer up in the contract, up to where that says nothing.
func checkPointer(pointer string) *schema.StepError {
	tokens := strings.Split(pointer, "/")
	for i := range tokens {
		if i < 2 {
			continue
		}
		var wrong *schema.StepError
		if _, err := schema.SitesAt(strings.Join(tokens[:i+1], "/")); !errors.As(err, &wrong) {
			continue
		}
		if tokens[i] == "*" || tokens[i] == "**" || len(wrong.Names) == 0 {
			return nil // any, or anything
		}
		return wrong
	}
	return nil
}

// check reports a probe that was misspelt. Of a name that is far from any of the contract
// it says nothing: the body may have members that the contract does not.
func (p *probe) check() error {
	if slices.Contains(p.path, "*") {
		return fmt.Errorf("fuzz: the probe of %s: a probe reads one place, as /message/artifact/messages/0/role, not all that * stands for", p.pointer)
	}
	if p.path[0] != "message" {
		if _, err := schema.SitesAt("/message" + p.pointer); err == nil {
			return fmt.Errorf("fuzz: the probe of %s: did you mean /message%s?", p.pointer, p.pointer)
		}
		return nil
	}
	if wrong := checkPointer(p.pointer); wrong != nil && wrong.Nearest != "" {
		return fmt.Errorf("fuzz: the probe of %s: %w", p.pointer, wrong)
	}
	return nil
}

// check reports a row that was misspelt, as far as the contract tells.
func (l Loss) check() error {
	switch {
	case classNames[l.Class] == "":
		return fmt.Errorf("fuzz: a loss profile has the unknown class %q, for %s", l.Class, l.Pointer)
	case l.Class == Refused:
		if t, ok := schema.TopicOf(l.Pointer); !ok || t.Kind != "deviation" {
			return fmt.Errorf("fuzz: a loss profile has a row of class %q for %q, which is no recorded deviation%s", l.Class, l.Pointer, meant(schema.NearestTopic(l.Pointer)))
		}
	case l.Pointer == "?", l.Pointer == "**", l.Pointer == scan.RuleConfusable:
	case strings.HasPrefix(l.Pointer, "/"):
		if wrong := checkPointer(l.Pointer); wrong != nil && wrong.Nearest != "" {
			return fmt.Errorf("fuzz: a loss profile has a row for %s: %w", l.Pointer, wrong)
		}
	default:
		return l.checkPlace()
	}
	return nil
}

// checkPlace looks up a place of the contract, as Call.costs/*.
func (l Loss) checkPlace() error {
	owner, name, ok := strings.Cut(l.Pointer, ".")
	if !ok {
		return fmt.Errorf("fuzz: a loss profile has a row for %q, which is neither a JSON Pointer nor a place of the contract, as Call.cost", l.Pointer)
	}
	if owner == "envelope" {
		return nil
	}
	t := vapi.Descriptor().Type(owner)
	if t == nil {
		var names []string
		for _, t := range vapi.Descriptor().Types {
			names = append(names, t.Name)
		}
		return fmt.Errorf("fuzz: a loss profile has a row for %s, but the contract has no type %s%s", l.Pointer, owner, meant(nearest.Of(owner, names)))
	}
	name, _, _ = strings.Cut(name, "/")
	if name == "?" || t.Member(name) != nil {
		return nil
	}
	var names []string
	for i := range t.Members {
		names = append(names, t.Members[i].Name)
	}
	return fmt.Errorf("fuzz: a loss profile has a row for %s, but %s has no member %s%s; %s.? stands for those that the contract does not have",
		l.Pointer, owner, name, meant(nearest.Of(name, names)), owner)
}

// checkRule reports the beginning of a rule's name with which none begins.
func checkRule(rule string) error {
	for _, t := range schema.Topics() {
		if strings.HasPrefix(t.ID, rule) && rule != "" {
			return nil
		}
	}
	return fmt.Errorf("fuzz: no rule is called %q, or begins so%s", rule, meant(schema.NearestTopic(rule)))
}

func meant(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", name)
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ringproof/ringproof/internal/report"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
	"github.com/spf13/cobra"
)

func newExplain(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [RULE|POINTER]",
		Short: "say what a rule means, or what the contract says of a member",
		Long: `Explain a rule, correction, deviation or undocumented member by its id, or a member by its JSON
Pointer. Without an argument, explain all that has an id.`,
		Example: "  ringproof explain only-if/ended-reason\n  ringproof explain /message/endedReason\n  ringproof explain /message/artifact/messages/0/role",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(fmt.Errorf("explain takes one rule or pointer, got %d", len(args)), "run ringproof explain --help")
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var ids []string
			for _, t := range schema.Topics() {
				ids = append(ids, t.ID+"\t"+t.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return explain(s, args) },
	}
}

func explain(s *streams, args []string) error {
	if len(args) == 1 && strings.HasPrefix(args[0], "/") {
		return explainPointer(s, args[0])
	}
	topics := schema.Topics()
	if len(args) == 1 {
		t, ok := schema.TopicOf(args[0])
		if !ok {
			return usage(fmt.Errorf("nothing has the id %q", args[0]), unknownTopicHint(args[0]))
		}
		topics = []schema.Topic{t}
	}
	for i, t := range topics {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		if err := report.Topic(s.out, withVector(t)); err != nil {
			return notRun(err, "")
		}
	}
	return nil
}

// longestExample is how many characters an example may have.
const longestExample = 900

// withVector adds an example from the vectors where the topic has none: of what a
// correction admits, or of what a finding is about.
func withVector(t schema.Topic) schema.Topic {
	switch t.Kind {
	case "correction":
		t.Right = vectorBody("valid/" + t.ID + ".json")
	case "undocumented member":
		t.Wrong = vectorBody("invalid/member/undocumented--" + strings.TrimPrefix(t.ID, "undocumented/") + ".json")
	}
	return t
}

// vectorBody is a vector in one line, or empty if there is none or it is too long.
func vectorBody(file string) string {
	var line bytes.Buffer
	body, err := testdata.Vector{File: file}.Body()
	if err != nil || json.Compact(&line, body) != nil || line.Len() > longestExample {
		return ""
	}
	return line.String()
}

func unknownTopicHint(id string) string {
	if near := schema.NearestTopic(id); near != "" {
		return "did you mean " + near + "?"
	}
	if pointer := "/message/" + strings.TrimPrefix(id, "message/"); len(id) > 0 {
		if _, err := schema.SitesAt(pointer); err == nil {
			return "a member is explained by its pointer: ringproof explain " + pointer
		}
	}
	return "a pointer starts with /, as in ringproof explain /message/endedReason; without an argument, explain shows all ids"
}

func explainPointer(s *streams, pointer string) error {
	sites, err := schema.SitesAt(pointer)
	if err != nil {
		return usage(err, "a pointer leads into the request body, as /message/call/status")
	}
	if err := report.Sites(s.out, sites); err != nil {
		return notRun(err, "")
	}
	return nil
}

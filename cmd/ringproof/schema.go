package main

import (
	"github.com/ringproof/ringproof/schema"
	"github.com/spf13/cobra"
)

func newSchema(s *streams) *cobra.Command {
	var profile, draft string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "write the contract as a JSON Schema for any validator",
		Long: `Write the derived JSON Schema of the request body, in one piece. What it refuses has an error in
that profile, save for bodies that are not sound JSON and bare messages.`,
		Example: "  ringproof schema > status-update.schema.json\n  ringproof schema --profile documented --draft 7",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			p, err := schema.ParseProfile(profile)
			if err != nil {
				return usage(err, "")
			}
			d, err := schema.ParseDraft(draft)
			if err != nil {
				return usage(err, "")
			}
			data, err := schema.Derive(p, d)
			if err == nil {
				_, err = s.out.Write(data)
			}
			if err != nil {
				return notRun(err, "")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&profile, "profile", string(schema.Live), "how strictly to read the contract: `live` or documented")
	cmd.Flags().StringVar(&draft, "draft", string(schema.Draft202012), "the `draft` of JSON Schema: 2020-12, 2019-09 or 7")
	return cmd
}

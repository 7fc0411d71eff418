package main

import (
	"cmp"
	"errors"

	"github.com/ringproof/ringproof/schema"
	"github.com/spf13/cobra"
)

func newSchema(s *streams) *cobra.Command {
	var profile, draft string
	var openapi bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "write the contract as a JSON Schema for any validator",
		Long: `Write the derived JSON Schema of the request body, in one piece. What it refuses has an error in
that profile, save for bodies that are not sound JSON and bare messages.`,
		Example: "  ringproof schema > status-update.schema.json\n  ringproof schema --profile documented --draft 7\n  ringproof schema --openapi > status-update.openapi.json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(oneOf("profile", profile, schema.Profiles), oneOf("draft", draft, schema.Drafts)); err != nil {
				return err
			}
			if openapi && cmd.Flags().Changed("draft") {
				return usage(errors.New("--openapi does not go with --draft"), "OpenAPI 3.1 has JSON Schema 2020-12")
			}
			derive := func() ([]byte, error) { return schema.Derive(schema.Profile(profile), schema.Draft(draft)) }
			if openapi {
				derive = func() ([]byte, error) { return schema.DeriveOpenAPI(schema.Profile(profile)) }
			}
			data, err := derive()
			if err == nil {
				_, err = s.out.Write(data)
			}
			if err != nil {
				return notRun(err, "")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&profile, "profile", string(schema.Live), "how strictly to read the contract: `live|documented`")
	cmd.Flags().StringVar(&draft, "draft", string(schema.Draft202012), "the draft of JSON Schema: `2020-12|2019-09|7`")
	cmd.Flags().BoolVar(&openapi, "openapi", false, "write an OpenAPI 3.1 document with the webhook instead")
	complete(cmd, "profile", schema.Profiles)
	complete(cmd, "draft", schema.Drafts)
	return cmd
}

package ledger

// Rules are the sentences of the contract that types cannot express, in the
// order in which a message shows them.
var Rules = []Rule{
	{
		ID: "envelope/missing", Member: "/message", Demand: Present,
		Source: Docs, Where: "the guide to server URLs: every body wraps its message in an object with the member message; so do all captured bodies",
	},
	{
		ID: "envelope/bare", Member: "", Demand: Wrapped,
		Source: Docs, Where: "the guide to server URLs wraps every message; one without its envelope is judged all the same, because fixtures are often stored so",
	},
	{
		ID: "message/not-covered", Member: "/message/type", Demand: Const,
		When:   Condition{Member: "type", Values: []string{"status-update"}},
		Source: Spec, Where: "ServerMessageStatusUpdate.type has one value; the other server messages are outside this contract",
	},
	onlyThen("only-if/ended-reason", "endedReason", "ended"),
	onlyThen("only-if/messages", "messages", "forwarding"),
	onlyThen("only-if/messages-openai-formatted", "messagesOpenAIFormatted", "forwarding"),
	onlyThen("only-if/destination", "destination", "forwarding"),
	onlyThen("only-if/transcript", "transcript", "forwarding"),
	onlyThen("only-if/summary", "summary", "forwarding"),
	inboundDebugging(),
}

// onlyThen is the row of a member whose description says that it is sent with
// one status only.
func onlyThen(id, member, status string) Rule {
	return Rule{
		ID: id, Member: "/message/" + member, Demand: OnlyThen,
		When:   Condition{Member: "status", Values: []string{status}},
		Source: Prose, Where: "the description of ServerMessageStatusUpdate." + member + " limits it to the status " + status,
	}
}

func inboundDebugging() Rule {
	r := onlyThen("only-if/inbound-phone-call-debugging-artifacts", "inboundPhoneCallDebuggingArtifacts", "ended")
	r.Unchecked = "that accepting the inbound call failed: no member says so for certain"
	return r
}

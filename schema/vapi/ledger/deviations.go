package ledger

// Deviations are the known differences between live traffic and the file.
var Deviations = []Deviation{
	{
		ID: "deviation/null-optional", Admits: "null", Source: Live,
		Evidence: "bodies of 2024 write optional members that have no value as null instead of leaving them out",
	},
	{
		ID: "deviation/timestamp-string", Type: "ServerMessageStatusUpdate", Member: "timestamp", Admits: "string", Source: Live,
		Evidence: "until about October 2024 the timestamp was an ISO 8601 string; the file changed its type seven times up to April 2025",
	},
	{
		ID: "deviation/tool-result-object", Type: "ToolCallResultMessage", Member: "result", Admits: "object", Source: Live,
		Evidence: "artifact.messages of calls with tools: the result is a JSON object, where the file says string",
	},
	{
		ID: "deviation/openai-content-absent", Type: "OpenAIMessage", Member: "content", Admits: "absent", Source: Live,
		Evidence: "messagesOpenAIFormatted: the assistant turn that only calls tools has no content, which the file requires",
	},
}

// UndocumentedMembers are the members that live traffic carries though no schema
// has them.
var UndocumentedMembers = undocumented(
	seen{"CreateAssistantDTO", "string", "every captured body with an assistant", "id orgId createdAt updatedAt"},
	seen{"CreateAssistantDTO", "object", "phone calls", "variableValues"},
	seen{"Artifact", "object", "phone calls; a twin of variableValues", "variables"},
	seen{"Call", "object", "phone calls; what the carrier's SIP said", "phoneCallProviderDetails"},
	seen{"Call", "string", "web calls", "webCallUrl"},
	seen{"VapiWebCallTransport", "boolean", "web calls", "assistantVideoEnabled"},
	seen{"CreateVapiPhoneNumberDTO", "string", "phone calls", "id orgId number createdAt updatedAt status providerResourceId"},
	seen{"OpenAIMessage", "array", "the assistant turn that calls tools", "tool_calls"},
	seen{"OpenAIMessage", "string", "the tool turn that answers", "tool_call_id"},
)

package ledger

// Deviations are the known differences between live traffic and the file.
var Deviations = []Deviation{
	{
		ID: "deviation/null-optional", Admits: "null", Source: Live,
		Evidence:   "bodies of 2024 write optional members that have no value as null instead of leaving them out",
		Since:      "2024, in captured bodies",
		Example:    `{"message":{"type":"status-update","status":"in-progress","endedReason":null}}`,
		Documented: `{"message":{"type":"status-update","status":"in-progress"}}`,
	},
	{
		ID: "deviation/timestamp-string", Type: "ServerMessageStatusUpdate", Member: "timestamp", Admits: "string", Source: Live,
		Pattern:    `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}`,
		Evidence:   "until about October 2024 the timestamp was an ISO 8601 string; the OpenAPI file changed its type seven times up to April 2025",
		Since:      "until about 2024-10",
		Example:    `{"message":{"type":"status-update","status":"queued","timestamp":"2024-09-12T10:20:30.000Z"}}`,
		Documented: `{"message":{"type":"status-update","status":"queued","timestamp":1726136430000}}`,
	},
	{
		ID: "deviation/tool-result-object", Type: "ToolCallResultMessage", Member: "result", Admits: "object", Source: Live,
		Evidence:   "artifact.messages of calls with tools: the result is a JSON object, where the OpenAPI file says string",
		Since:      "2026-04, in captured bodies",
		Example:    `{"message":{"type":"status-update","status":"in-progress","artifact":{"messages":[{"role":"tool_call_result","toolCallId":"t1","name":"hours","result":{"open":true},"time":1,"secondsFromStart":1}]}}}`,
		Documented: `{"message":{"type":"status-update","status":"in-progress","artifact":{"messages":[{"role":"tool_call_result","toolCallId":"t1","name":"hours","result":"{\"open\":true}","time":1,"secondsFromStart":1}]}}}`,
	},
	{
		ID: "deviation/openai-content-absent", Type: "OpenAIMessage", Member: "content", Admits: "absent", Source: Live,
		Evidence:   "messagesOpenAIFormatted: the assistant turn that only calls tools has no content, which the OpenAPI file requires",
		Since:      "2026-04, in captured bodies",
		Example:    `{"message":{"type":"status-update","status":"in-progress","artifact":{"messagesOpenAIFormatted":[{"role":"assistant"}]}}}`,
		Documented: `{"message":{"type":"status-update","status":"in-progress","artifact":{"messagesOpenAIFormatted":[{"role":"assistant","content":null}]}}}`,
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

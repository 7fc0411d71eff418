package ledger

// The provider's files that the corrections were made for, by SHA-256. The
// provider reverts changes within a day, so a date alone does not name a file.
const (
	File20250630 = "0ee582daa1d9aa94ad52f0f8990ec1aa3877766607b31eab18bc1665960f213e"
	File20251013 = "2b9e82960b2b58f3fad95290fa79b0a728b67b05147d4af97d27e3e4a60d9c99"
	File20260818 = "74c487628c18a754783f193e95549662901f4b8c9d755ba22829a9b446e89475"
)

// FileDates are the dates of these files, as their names have them.
var FileDates = map[string]string{File20250630: "2025-06-30", File20251013: "2025-10-13", File20260818: "2026-08-18"}

// covers says how many sites of each of the three files a row covers.
func covers(f20250630, f20251013, f20260818 int) map[string]int {
	m := map[string]int{}
	for file, n := range map[string]int{File20250630: f20250630, File20251013: f20251013, File20260818: f20260818} {
		if n > 0 {
			m[file] = n
		}
	}
	return m
}

// Corrections are the places where the provider's file cannot be meant literally.
// Read literally, it rejects every captured status-update.
var Corrections = []Correction{
	{
		ID: "correction/conversation-role", Defect: UnionOverlap, Source: Live,
		Sites:  []string{"Artifact.messages#items", "Call.messages#items", "NodeArtifact.messages#items", "TransferArtifact.messages#items", "ServerMessageStatusUpdate.messages#items"},
		Reason: "the five conversation messages have a plain string as role, so that one bot message is a user and a system message too; live traffic gives each its own role",
		Files:  covers(4, 4, 5),
		Dispatch: []Dispatch{
			{Branch: "UserMessage", Tag: "role", Values: []string{"user"}},
			{Branch: "SystemMessage", Tag: "role", Values: []string{"system"}},
			{Branch: "BotMessage", Tag: "role", Values: []string{"bot"}},
			{Branch: "ToolCallMessage", Tag: "role", Values: []string{"tool_calls"}},
			{Branch: "ToolCallResultMessage", Tag: "role", Values: []string{"tool_call_result"}},
		},
	},
	{
		ID: "correction/chat-role", Defect: UnionOverlap, Source: Spec,
		Sites:  []string{"Chat.input#1#items", "Chat.messages#items", "Chat.output#items", "SayHookAction.prompt#1#items"},
		Reason: "two of the five chat messages have a plain string as role; the other three leave them user and system. Those two are conversation messages with times, but the examples beside the unions have role and content only, as OpenAI's messages do: what has content is one of those",
		Files:  covers(3, 4, 4),
		Dispatch: []Dispatch{
			{Branch: "AssistantMessage", Tag: "role", Values: []string{"assistant"}},
			{Branch: "ToolMessage", Tag: "role", Values: []string{"tool"}},
			{Branch: "DeveloperMessage", Tag: "role", Values: []string{"developer"}},
			{Branch: "OpenAIMessage", Added: true, Tag: "role", Values: []string{"user", "system"}, Has: []string{"content"}},
			{Branch: "SystemMessage", Tag: "role", Values: []string{"system"}},
			{Branch: "UserMessage", Tag: "role", Values: []string{"user"}},
		},
	},
	{
		ID: "correction/hook-event", Defect: UnionOverlap, Source: Prose,
		Sites:  []string{"*.hooks#items"},
		Reason: "the hook on a silent customer has a plain string as event, because filters may follow the event's name in brackets",
		Files:  covers(0, 3, 4),
		Dispatch: []Dispatch{
			{Branch: "CallHookCustomerSpeechTimeout", Tag: "on", Values: []string{"customer.speech.timeout"}, Prefix: "customer.speech.timeout["},
		},
	},
	{
		ID: "correction/assistant-destination", Defect: UnionOverlap, Source: Spec,
		Sites:  []string{"SquadMemberDTO.assistantDestinations#items"},
		Reason: "both branches have the type assistant; only the transfer has message and transferMode, and a transfer without them is a valid handoff",
		Files:  covers(0, 1, 1),
		Dispatch: []Dispatch{
			{Branch: "TransferDestinationAssistant", Has: []string{"message", "transferMode"}},
			{Branch: "HandoffDestinationAssistant"},
		},
	},
	{
		ID: "correction/scorecard-value", Defect: UnionOverlap, Source: Spec,
		Sites:  []string{"ScorecardMetric.conditions#items"},
		Reason: "both branches have the type comparator; they differ in the JSON type of value",
		Files:  covers(0, 0, 1),
		Dispatch: []Dispatch{
			{Branch: "BooleanComparatorScorecardMetricCondition", Tag: "value", Kind: "boolean"},
			{Branch: "NumberComparatorScorecardMetricCondition"},
		},
	},
	{
		ID: "correction/smart-endpointing-provider", Defect: UnionOverlap, Source: Prose,
		Sites:  []string{"StartSpeakingPlan.smartEndpointingPlan"},
		Reason: "each branch lists the providers of all branches; each describes one of them",
		Files:  covers(1, 1, 1),
		Dispatch: []Dispatch{
			{Branch: "VapiSmartEndpointingPlan", Tag: "provider", Values: []string{"vapi"}},
			{Branch: "LivekitSmartEndpointingPlan", Tag: "provider", Values: []string{"livekit"}},
			{Branch: "CustomEndpointingModelSmartEndpointingPlan", Tag: "provider", Values: []string{"custom-endpointing-model"}},
		},
	},
	{
		ID: "correction/credential-provider-optional", Defect: UnionOverlap, Source: Spec,
		Sites:  []string{"*.credentials#items"},
		Reason: "one credential, the SIP trunk, need not name its provider, though the union is told apart by it; all others must, so a credential without one is a SIP trunk",
		Files:  covers(3, 3, 4),
		Dispatch: []Dispatch{
			{Branch: "CreateByoSipTrunkCredentialDTO", Tag: "provider", Values: []string{"byo-sip-trunk"}, Missing: true},
		},
	},
	{
		ID: "correction/string-or-enum", Defect: UnionStringOrEnum, Source: Spec,
		Sites:  []string{"*.voiceId", "*.model", "*.backgroundSound"},
		Reason: "an enum of strings beside any string: every documented value satisfies both branches, which oneOf forbids; read as an enum that is open by contract",
		Files:  covers(22, 23, 24),
	},
	{
		ID: "correction/union-beside-all-of", Defect: UnionBesideAllOf, Source: Spec,
		Sites:  []string{"*.observabilityPlan", "*.encryptionPlan", "*.publicKey"},
		Reason: "an allOf repeats the union's only branch, and would shut out any further branch",
		Files:  covers(3, 3, 6),
	},
	{
		ID: "correction/union-beside-enum", Defect: UnionBesideEnum, Source: Prose,
		Sites:  []string{"*.language", "*.version"},
		Reason: "an enum beside the union lists the values of one branch and so shuts out the other, which the description offers",
		Files:  covers(2, 2, 4),
	},
	{
		ID: "correction/pattern-literal", Defect: PatternLiteral, Source: Spec,
		Sites:  []string{"*.name", "*.key", "*.keywords#items"},
		Reason: "the pattern is a JavaScript literal with its slashes (one with the flag u), which matches no sensible value; the slashes and the flag are dropped",
		Files:  covers(5, 5, 6),
	},
	{
		ID: "correction/enum-on-array", Defect: EnumOnArray, Source: Spec,
		Sites: []string{"*.clientMessages", "*.serverMessages", "*.languageCodes", "*.languages", "*.punctuationBoundaries", "*.models",
			"*.fallbackModels", "*.redaction", "*.formattersEnabled", "*.voicemailDetectionTypes", "PhoneNumberCallEndingHookFilter.oneOf"},
		Reason: "an enum of strings on an array, which no array can satisfy; it repeats the enum of the items",
		Files:  covers(9, 10, 14),
	},
	{
		ID: "correction/enum-on-object", Defect: EnumOnObject, Source: Spec,
		Sites:  []string{"AudioFormat.format", "BackoffPlan.type", "TransferPlan.sipVerb"},
		Reason: "an enum of strings on type object, which no object can satisfy; the type is string",
		Files:  covers(2, 2, 3),
	},
	{
		ID: "correction/object-beside-scalar", Defect: ObjectBesideScalar, Source: Spec,
		Sites:  []string{"BackoffPlan.excludedStatusCodes#items", "*NeuphonicVoice.language"},
		Reason: "the type is object, the example a string or a number, and the description speaks of a language or of status codes; the type is that of the example",
		Files:  covers(2, 3, 3),
	},
	{
		ID: "correction/string-beside-list", Defect: StringBesideList, Source: Spec,
		Sites:  []string{"CartesiaExperimentalControls.emotion"},
		Reason: "the type is string, the example a list of such strings: nothing says which is meant, so both are accepted",
		Files:  covers(1, 1, 1),
	},
	{
		ID: "correction/enum-repeated", Defect: EnumRepeated, Source: Spec,
		Sites:  []string{"ServerMessageStatusUpdate.endedReason", "Call.endedReason", "*DeepgramVoice.voiceId"},
		Reason: "the enum has values more than once, which strict validators refuse to compile; each is kept once",
		Files:  covers(2, 2, 4),
	},
	{
		ID: "correction/enum-empty", Defect: EnumEmpty, Source: Spec,
		Sites:  []string{"*NeuphonicVoice.voiceId#0"},
		Reason: "the enum has no value, so the branch takes nothing, and strict validators refuse to compile it; the branch beside it takes any string",
		Files:  covers(2, 2, 2),
	},
	{
		ID: "correction/enum-untyped", Defect: EnumUntyped, Source: Spec,
		Sites:  []string{"*.backgroundSound#0", "*GladiaTranscriber.model#0"},
		Reason: "an enum of strings without a JSON type, or of the type enum, which is none; later files say string",
		Files:  covers(4, 5, 0),
	},
	{
		ID: "correction/enum-without-null", Defect: EnumWithoutNull, Source: Spec,
		Sites:  []string{"CreateElevenLabsCredentialDTO.apiUrl"},
		Reason: "the member is nullable, but its enum has no null, and so forbids it",
		Files:  covers(0, 0, 1),
	},
	{
		ID: "correction/length-on-array", Defect: LengthOnArray, Source: Spec,
		Sites:  []string{"PhoneNumberCallRingingHookFilter.startsWith"},
		Reason: "maxLength says nothing of an array; its items carry the same bound, where it applies",
		Files:  covers(0, 0, 1),
	},
	{
		ID: "correction/reference-dangling", Defect: ReferenceDangling, Source: Spec,
		Sites:  []string{"*.credentials#items#*"},
		Reason: "the branch refers to a schema that is not in the file; it is dropped, so that such a credential is an unknown one",
		Files:  covers(3, 0, 0),
	},
	{
		ID: "correction/member-named-keyword", Defect: MemberNamedKeyword, Source: Spec,
		Sites:  []string{"PhoneNumberCallEndingHookFilter.oneOf", "CallHookFilter.oneOf", "AssistantHookFilter.oneOf"},
		Reason: "a member is named oneOf: tools that look for the keyword take the member's schema for a list of branches; here it is a member",
		Files:  covers(1, 2, 2),
	},
	{
		ID: "correction/message-unreferenced", Defect: MessageUnreferenced, Source: Spec,
		Sites:  []string{"ServerMessageStatusUpdate"},
		Reason: "no path, callback or webhook of the file leads to the message, so that tools which start from those never see it; here the message is the start",
		Files:  covers(1, 1, 1),
	},
}

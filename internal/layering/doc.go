// Package layering holds no code. Its test is the statement of policy about which package of this module may import
// which, and what each may import from outside; see layering_test.go.
package layering

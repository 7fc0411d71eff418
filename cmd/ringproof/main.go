// Ringproof proves that a consumer of Vapi's webhooks survives what Vapi really
// sends.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

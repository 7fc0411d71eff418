//go:build !unix

package child

import "os"

func unread(*os.File) int { return 0 }

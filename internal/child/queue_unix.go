//go:build unix && !linux

package child

const inQueue = 0x4004667f // FIONREAD, the same on BSD and macOS

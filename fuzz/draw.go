package fuzz

// draw is a small source of choices. The same seed gives the same choices on every
// machine: splitmix64, whose constants are its author's (Vigna, public domain).
type draw struct{ state uint64 }

func newDraw(seed uint64) *draw { return &draw{seed} }

func (d *draw) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (d *draw) below(n int) int { return int(d.next() % uint64(n)) }

// oneIn reports true in one of n cases.
func (d *draw) oneIn(n int) bool { return d.below(n) == 0 }

func pick[T any](d *draw, list []T) T { return list[d.below(len(list))] }
